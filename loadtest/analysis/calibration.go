package analysis

import (
	"cmp"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Calibration is what a request costs each tier of a scheme's clusters at saturation, under the budget and at the sizes
// from which others are predicted.
type Calibration struct {
	Name   string  `json:"scheme"`
	Budget float64 `json:"budget"` // cores of each replica
	// µs per request in the smallest clusters, told from all sizes without their Crowding
	CPU stats.Estimate `json:"replica_us"`
	// Store is µs per request of the store as the bottleneck. Zero without a store.
	Store       stats.Estimate `json:"store_us"`
	StoreBudget float64        `json:"store_budget,omitempty"` // cores
	// Partly is what a request costs the store in each calibrated size, by rising use of its budget: a store that idles
	// between requests is woken for each of them, so that the busier it is, the less a request costs it.
	Partly   []Partly       `json:"store_partly_used,omitempty"`
	Balancer stats.Estimate `json:"balancer_us"` // µs per request; it has no budget
}

// Partly is what a request costs a store that uses a part of its budget.
type Partly struct {
	Share float64 `json:"share_of_budget"`
	CPU   float64 `json:"us"` // per request, median
}

// partly returns them by size, where the store is not full.
func partly(own []*measure.Measurement) (all []Partly) {
	shares, costs := map[int][]float64{}, map[int][]float64{}
	for _, m := range own {
		if _, ok := m.Busy["store"]; ok {
			shares[m.Replicas] = append(shares[m.Replicas], m.Busy["store"])
			costs[m.Replicas] = append(costs[m.Replicas], micros(m, "store"))
		}
	}
	for n := range shares {
		if p := (Partly{stats.Median(shares[n]), stats.Median(costs[n])}); p.Share < usedUp {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y Partly) int { return cmp.Compare(x.Share, y.Share) })
	return all
}

// Queueing is how long requests took in a saturated cluster, nearly all of it in queues. It says nothing about a
// service that is not saturated: it is what a simulation of the queues is held against.
type Queueing struct {
	Name     string        `json:"scheme"`
	Replicas int           `json:"replicas"`
	Samples  int64         `json:"samples"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
}

func (a *Analysis) queueing() {
	for _, x := range a.Scaling {
		h := merged(a.valid(func(m *measure.Measurement) bool {
			return m.Kind == plan.ScalingCell && m.Scheme == x.Name && m.Replicas == x.Replicas
		}), func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Latency })
		q := quantiles(h)
		a.Queueing = append(a.Queueing, Queueing{
			x.Name, x.Replicas, h.TotalCount(), q.P50, time.Duration(h.ValueAtQuantile(99)),
		})
	}
}

// calibration uses only the rounds before a held-out size is measured, so that it is the same before and after.
func (a *Analysis) calibration() {
	s := a.Run.Plan.Scaling
	cells := a.valid(func(m *measure.Measurement) bool {
		return m.Kind == plan.ScalingCell && m.Round < s.Rounds && (s.HeldOut == 0 || m.Replicas < s.HeldOut)
	})
	a.Crowding = crowding(cells, s.Replicas[0])
	for _, scheme := range a.Run.Plan.AllSchemes() {
		if scheme.LosesLogins {
			continue // its requests do different things at different sizes
		}
		c := Calibration{Name: scheme.Name}
		var own []*measure.Measurement
		var cpu, balancer, store []float64
		for _, m := range cells {
			if m.Scheme == scheme.Name {
				own = append(own, m)
				cpu = append(cpu, micros(m, "replica")/(1+a.Crowding.Center*Crowd(m.Replicas, s.Replicas[0])))
				balancer = append(balancer, micros(m, "balancer"))
			}
		}
		if len(own) == 0 {
			continue
		}
		for _, m := range a.valid(func(m *measure.Measurement) bool {
			return m.Kind == plan.CalibrationCell && m.Tier == "store" && m.Scheme == scheme.Name
		}) {
			store = append(store, micros(m, "store"))
		}
		c.Budget, c.CPU, c.Store, c.Balancer = usual(own, "replica"), stats.Of(cpu), stats.Of(store), stats.Of(balancer)
		c.Partly, c.StoreBudget = partly(own), usual(own, "store")
		a.Calibration = append(a.Calibration, c)
	}
}

// crowding is how much more a request costs in the largest size than in the smallest of the same round, divided by
// their Crowd: the median over schemes and rounds. The machine is the cause (shared caches, shared memory), so one
// figure serves all schemes. The largest size tells most, because there the difference is largest against the noise.
func crowding(cells []*measure.Measurement, smallest int) stats.Estimate {
	type key struct {
		scheme string
		round  int
	}
	base, largest := map[key]float64{}, smallest
	for _, m := range cells {
		largest = max(largest, m.Replicas)
		if m.Replicas == smallest {
			base[key{m.Scheme, m.Round}] = micros(m, "replica")
		}
	}
	var shares []float64
	for _, m := range cells {
		if b := base[key{m.Scheme, m.Round}]; b > 0 && m.Replicas == largest && largest > smallest && !loses(m.Scheme) {
			shares = append(shares, (micros(m, "replica")/b-1)/Crowd(largest, smallest))
		}
	}
	return stats.Of(shares)
}

// Crowd is how crowded a machine is on which this many replicas take turns: 0 in the smallest size and 1 in an infinite
// one. Of N replicas that take turns, one in N finds the caches as it left them, and more cannot be lost than all.
func Crowd(replicas, smallest int) float64 { return 1 - float64(smallest)/float64(replicas) }

func loses(scheme string) bool {
	s, err := plan.SchemeNamed(scheme)
	return err != nil || s.LosesLogins
}
