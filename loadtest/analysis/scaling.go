package analysis

import (
	"maps"
	"math"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Throughput is how many requests a cluster of one size answered at saturation.
type Throughput struct {
	Name     string         `json:"scheme"` // the scheme's name
	Scheme   plan.Scheme    `json:"-"`
	Replicas int            `json:"replicas"`               // their number
	Budget   float64        `json:"budget"`                 // cores of each replica
	Store    float64        `json:"store_budget,omitempty"` // cores of the store
	X        stats.Estimate `json:"answers_per_s"`          // correct answers/s
	Thirds   Span           `json:"answers_thirds"`         // of X
	Control  stats.Estimate `json:"ratio_to_control"`       // of the same round and size
	Speedup  stats.Estimate `json:"speedup"`                // ratio to the same row's smallest size in the same round
	// Busy is each tier's share of its budget (or of a core, for the balancer and the generator), median over the rounds.
	Busy    map[string]float64 `json:"busy"`
	Busiest float64            `json:"busiest_replica"` // share of its budget
	// Cost is µs per request by tier, under this budget: not comparable with a demand cell's.
	Cost  map[string]float64 `json:"cost_us"`
	Cores float64            `json:"cores"` // cores taken by all tiers together, median
	// First is the tier that used up most of its budget. It is OneReplica when one replica used up its budget and others
	// did not, and Nothing when the replicas waited. It is empty when the machine was full, or nothing is known.
	First string `json:"used_up_first,omitempty"`
	// Bound says why the throughput is a lower bound: what the lab itself shares was used up before any budget, or nothing
	// was used up and the replicas waited.
	Bound message.Sentence `json:"lower_bound,omitzero"`
	// Doubt says why no share at this size is called: a scheme answered more than the control, although it does more.
	Doubt message.Sentence `json:"doubt,omitzero"`
	Lost  float64          `json:"share_401"` // share of answers that were 401, of all slices together
	// Expected is the share of answers that the scheme declares to be 401; Unlike says that the share was another.
	Expected float64          `json:"share_401_expected"`
	Unlike   message.Sentence `json:"unlike,omitzero"`
}

// OneReplica is the First of a scheme that spreads users, not requests, over the replicas.
const OneReplica = "one replica"

// Nothing is the First of a scheme whose replicas waited for something that is not CPU: no budget explains its
// throughput.
const Nothing = "nothing"

// usedUp is the share of its budget from which a tier counts as saturated. A budget is granted in slices of a period,
// so a saturated process may show a little less than its complete budget.
const usedUp = 0.95

func (a *Analysis) scaling() {
	type key struct {
		scheme   string
		replicas int
	}
	cells := map[key][]*measure.Measurement{}
	all := a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.ScalingCell })
	for _, m := range all {
		k := key{m.Scheme, m.Replicas}
		cells[k] = append(cells[k], m)
	}
	sizes, launches := a.Run.Plan.Scaling.Replicas, a.launches()
	for _, scheme := range a.Run.Plan.AllSchemes() {
		for _, n := range sizes {
			own := cells[key{scheme.Name, n}]
			if len(own) == 0 {
				continue
			}
			t := Throughput{Name: scheme.Name, Scheme: scheme, Replicas: n}
			t.fill(own, cells[key{plan.Control, n}], cells[key{scheme.Name, sizes[0]}], launches)
			t.bottleneck(a.Run.Environment.Cores)
			if t.shares(own); !t.Unlike.IsZero() {
				a.Invalid = append(a.Invalid, Invalid{
					Cell: nameOf(own[0].Cell).label(), Slices: len(own), Of: len(own), Reason: measure.TreatmentMissing,
					Sentence: t.Unlike,
				})
			}
			a.Scaling = append(a.Scaling, t)
		}
	}
	for i := range a.Scaling {
		a.Scaling[i].Doubt = a.tooMany(a.Scaling[i].Replicas)
	}
	a.ScalingDrift = drifted(message.New("drift.control-throughput"), controlSeries(all, answered))
}

// fill computes t from its slices, in the order of rounds, and those of the rounds' controls and smallest sizes.
// Launches is the variance of the logarithm by which a launch differs from another, and the control's too.
func (t *Throughput) fill(own, control, smallest []*measure.Measurement, launches float64) {
	var x, busiest, cores []float64
	busy, cost := map[string][]float64{}, map[string][]float64{}
	for _, m := range own {
		x, busiest = append(x, m.Throughput), append(busiest, m.Busiest)
		taken := 0.0
		for _, tier := range slices.Sorted(maps.Keys(m.Busy)) { // in order, because a sum of floats depends on it
			busy[tier], cost[tier] = append(busy[tier], m.Busy[tier]), append(cost[tier], micros(m, tier))
			taken += m.Cores[tier]
		}
		cores = append(cores, taken)
	}
	t.Budget, t.Store = usual(own, "replica"), usual(own, "store")
	t.X, t.Thirds = stats.Of(x), span(x)
	hidden := launches / float64(max(1, visited(own)))
	t.Control, t.Speedup = ratios(own, control, hidden), ratios(own, smallest, hidden)
	t.Busiest, t.Cores = stats.Median(busiest), stats.Median(cores)
	t.Busy, t.Cost = map[string]float64{}, map[string]float64{}
	for tier := range busy {
		t.Busy[tier], t.Cost[tier] = stats.Median(busy[tier]), stats.Median(cost[tier])
	}
}

// answered is a slice's throughput.
func answered(m *measure.Measurement) float64 { return m.Throughput }

// visited is how many replicas were visited, over all rounds.
func visited(own []*measure.Measurement) int {
	seen := map[int]bool{}
	for _, m := range own {
		for i := range m.Replicas {
			seen[m.First+i] = true
		}
	}
	return len(seen)
}

// launchesDiffer is the variance of the logarithm by which two launches of programs differ where a run has not measured
// it: each by 4.5 %, in the middle of the 3 to 6 % that runs of this lab have shown.
const launchesDiffer = 2 * 0.045 * 0.045

// launches is the variance of the logarithm by which the ratio of one launch to one of the control's differs from
// another's, over the schemes' launches in the demand cells. It still has the noise that is left in a median of rounds.
func (a *Analysis) launches() float64 {
	sum, n := 0.0, 0
	for _, c := range a.Demand {
		if c.As == "" && c.Name != plan.Control && len(c.Launches) >= stats.MinSamples {
			sum, n = sum+stats.LogVariance(c.Launches), n+1
		}
	}
	if n == 0 {
		return launchesDiffer
	}
	return sum / float64(n)
}

// ratios estimates the ratio of throughputs to those of base in the same round.
func ratios(own, base []*measure.Measurement, hidden float64) stats.Estimate {
	return stats.Ratios(inRounds(own, base, answered), hidden)
}

// paired estimates the ratio of a figure to the same one of base in the same round.
func paired(own, base []*measure.Measurement, figure func(*measure.Measurement) float64) stats.Estimate {
	return stats.Of(inRounds(own, base, figure))
}

// inRounds returns the ratios of a figure to the same one of base in the same round.
func inRounds(own, base []*measure.Measurement, figure func(*measure.Measurement) float64) []float64 {
	round := map[int]*measure.Measurement{}
	for _, m := range base {
		round[m.Round] = m
	}
	var ratios []float64
	for _, m := range own {
		if b := round[m.Round]; b != nil && figure(b) > 0 {
			ratios = append(ratios, figure(m)/figure(b))
		}
	}
	return ratios
}

// bottleneck finds what was used up first, and whether the scheme is responsible for it.
func (t *Throughput) bottleneck(cores int) {
	highest := 0.0
	for _, tier := range []string{"store", "replica", "balancer", "generator"} { // a tie goes to the part that all share
		if busy := percents(t.Busy[tier]); t.Busy[tier] >= usedUp && busy > highest {
			t.First, highest = tier, busy
		}
	}
	switch {
	case t.Busy["store"] >= usedUp || t.Busy["replica"] >= usedUp:
	case t.First != "":
		t.Bound = message.Say("bound.tier", "tier", message.Tier(t.First), "share", t.Busy[t.First])
	case t.Replicas > 1 && t.Busiest >= usedUp:
		t.First = OneReplica
	case cores > 0 && t.Cores >= usedUp*float64(cores):
		t.Bound = message.Say("bound.machine", "taken", t.Cores, "cores", cores)
	default:
		t.waited()
	}
}

// StoreToo reports whether the store had used up its budget too, although the replicas had used up more of theirs. It
// is then not known which of the two is the bottleneck.
func (t *Throughput) StoreToo() bool { return t.First == "replica" && t.Busy["store"] >= usedUp }

// waited is the case where no budget was used up and nothing that the replicas share was full.
func (t *Throughput) waited() {
	replicas, known := t.Busy["replica"]
	if !known {
		return
	}
	used := message.New("bound.used", "replicas", replicas)
	if store, ok := t.Busy["store"]; ok {
		used = message.New("bound.used-store", "replicas", replicas, "store", store)
	}
	t.First = Nothing
	t.Bound = message.Say("bound.waited", "used", used)
}

// percents rounds a share as it is printed, so that what looks like a tie is a tie.
func percents(share float64) float64 { return math.Round(100 * share) }

// shares compares the share of lost logins, of all slices together, with the declared share.
func (t *Throughput) shares(own []*measure.Measurement) {
	var lost, counted float64
	for _, m := range own {
		lost, counted = lost+m.Lost*float64(m.Counted), counted+float64(m.Counted)
	}
	t.Lost = lost / counted // a slice without requests is not valid
	expected, declared, err := measure.Expected(own[0].Cell)
	t.Expected = expected
	if err == nil && declared && math.Abs(t.Lost-expected) > measure.LostSlack {
		t.Unlike = message.Say("scaling.unlike", "lost", t.Lost, "expected", expected)
	}
}
