package analysis

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// Throughput is what a cluster of one size answered at saturation.
type Throughput struct {
	Scheme   plan.Scheme
	Replicas int
	Budget   float64  // cores of each replica, and of the store
	X        Estimate // correct answers/s
	Control  Estimate // ratio to the control of the same round and size
	Speedup  Estimate // ratio to the same row's smallest size in the same round
	// Busy is each tier's share of its budget (or of a core, for the balancer and the generator), median over the rounds.
	Busy    map[string]float64
	Busiest float64            // the busiest replica's
	Cost    map[string]float64 // µs per request by tier, under this budget: not comparable with a demand cell's
	First   string             // the tier that used up its budget; empty when none did
	Lost    float64            // share of answers that were 401, median
}

// usedUp is the share of its budget from which a tier counts as saturated. A budget is granted in slices of a period, so that
// a saturated process can be seen a little below its whole.
const usedUp = 0.95

func (a *Analysis) scaling() {
	type key struct {
		arm      string
		replicas int
	}
	cells := map[key]map[int]*measure.Measurement{} // by round
	for _, m := range a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.ScalingCell }) {
		k := key{m.Arm, m.Replicas}
		if cells[k] == nil {
			cells[k] = map[int]*measure.Measurement{}
		}
		cells[k][m.Round] = m
	}
	for _, scheme := range a.Run.Plan.Arms() {
		for _, n := range a.Run.Plan.Scaling.Replicas {
			own := cells[key{scheme.Name, n}]
			if len(own) == 0 {
				continue
			}
			t := Throughput{Scheme: scheme, Replicas: n}
			t.fill(own, a.Run.Plan.Scaling.Rounds, cells[key{plan.Control, n}], cells[key{scheme.Name, a.Run.Plan.Scaling.Replicas[0]}])
			a.Scaling = append(a.Scaling, t)
		}
	}
}

// fill computes t from its rounds, in order, so that the result does not depend on a map's.
func (t *Throughput) fill(own map[int]*measure.Measurement, rounds int, control, smallest map[int]*measure.Measurement) {
	var x, toControl, speedup, lost, busiest []float64
	busy, cost := map[string][]float64{}, map[string][]float64{}
	for round := range rounds {
		m := own[round]
		if m == nil {
			continue
		}
		x, lost, busiest = append(x, m.Throughput), append(lost, m.Lost), append(busiest, m.Busiest)
		if c := control[round]; c != nil {
			toControl = append(toControl, m.Throughput/c.Throughput)
		}
		if s := smallest[round]; s != nil {
			speedup = append(speedup, m.Throughput/s.Throughput)
		}
		for tier := range m.Busy {
			busy[tier], cost[tier] = append(busy[tier], m.Busy[tier]), append(cost[tier], micros(m, tier))
		}
		t.Budget = m.Budgets["replica-0"]
	}
	t.X, t.Control, t.Speedup = estimate(x), estimate(toControl), estimate(speedup)
	t.Lost, t.Busiest = median(lost), median(busiest)
	t.Busy, t.Cost = map[string]float64{}, map[string]float64{}
	for tier := range busy {
		t.Busy[tier], t.Cost[tier] = median(busy[tier]), median(cost[tier])
	}
	// A shared part that is used up is the wall, whatever the replicas do.
	for _, tier := range []string{"store", "replica", "balancer", "generator"} {
		if t.Busy[tier] >= usedUp {
			t.First = tier
			break
		}
	}
}
