package analysis

import (
	"maps"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Bend is where a scheme's line was measured to bend: a cluster beyond it, whose store was full and whose replicas were
// not.
type Bend struct {
	Name     string `json:"scheme"`
	Replicas int    `json:"measured_at_replicas"` // the largest size that was so
	// Store and Replica are the shares of their budgets that they used there.
	Store   float64 `json:"store_used"`
	Replica float64 `json:"replicas_used"`
	// At is the number of replicas beyond which more bring nothing: Replicas × the share of the control's throughput that
	// the scheme has there ÷ the share that it has with the smallest size, in the same rounds.
	At stats.Estimate `json:"bends_at_replicas"`
}

// bends looks for them. A scheme without one may bend beyond its largest size.
func (a *Analysis) bends() {
	for _, t := range a.Scaling {
		if !t.storeFull() {
			continue
		}
		b := Bend{Name: t.Name, Replicas: t.Replicas, Store: t.Busy["store"], Replica: t.Busy["replica"], At: a.bend(t)}
		if n := len(a.Bends); n > 0 && a.Bends[n-1].Name == t.Name { // sizes rise
			a.Bends[n-1] = b
		} else {
			a.Bends = append(a.Bends, b)
		}
	}
}

// storeFull reports whether the store was used up and the replicas were not.
func (t *Throughput) storeFull() bool { return t.Busy["store"] >= usedUp && t.Busy["replica"] < usedUp }

// bend is where the line of a cluster that lies beyond it bends.
func (a *Analysis) bend(t Throughput) stats.Estimate {
	there, small := a.shares(t.Name, t.Replicas), a.shares(t.Name, a.Run.Plan.Scaling.Replicas[0])
	var at []float64
	for _, round := range slices.Sorted(maps.Keys(there)) { // in order, because a sum of floats depends on it
		if small[round] > 0 {
			at = append(at, float64(t.Replicas)*there[round]/small[round])
		}
	}
	return stats.Ratios(at, a.launches()/float64(t.Replicas))
}

// shares are the ratios of a scheme's throughput to the control's of the same size, by round.
func (a *Analysis) shares(scheme string, replicas int) map[int]float64 {
	own, control := map[int]float64{}, map[int]float64{}
	for _, m := range a.valid(func(m *measure.Measurement) bool {
		return m.Kind == plan.ScalingCell && m.Replicas == replicas
	}) {
		switch m.Arm {
		case scheme:
			own[m.Round] = m.Throughput
		case plan.Control:
			control[m.Round] = m.Throughput
		}
	}
	shares := map[int]float64{}
	for round, x := range own {
		if control[round] > 0 {
			shares[round] = x / control[round]
		}
	}
	return shares
}
