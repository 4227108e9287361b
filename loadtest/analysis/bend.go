package analysis

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Bend is where a row's line was measured to bend: a cluster beyond it, whose store was full and whose replicas were
// not.
type Bend struct {
	Name     string `json:"scheme"`
	Replicas int    `json:"measured_at_replicas"` // the largest size that was so
	// Store and Replica are the shares of their budgets that they used there.
	Store   float64 `json:"store_used"`
	Replica float64 `json:"replicas_used"`
	// At is the number of replicas from which on more of them bring nothing, by what was measured: Replicas × the share of
	// the control's throughput that the row has there ÷ the share that it has with the smallest size, in the same rounds.
	At stats.Estimate `json:"bends_at_replicas"`
}

// bends looks for them. A row without one may bend beyond its largest size.
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
	smallest := a.Run.Plan.Scaling.Replicas[0]
	type round struct{ there, control, small, smallControl float64 }
	rounds := map[int]*round{}
	var order []int
	for _, m := range a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.ScalingCell }) {
		r := rounds[m.Round]
		if r == nil {
			r = &round{}
			rounds[m.Round], order = r, append(order, m.Round)
		}
		switch {
		case m.Arm == t.Name && m.Replicas == t.Replicas:
			r.there = m.Throughput
		case m.Arm == plan.Control && m.Replicas == t.Replicas:
			r.control = m.Throughput
		case m.Arm == t.Name && m.Replicas == smallest:
			r.small = m.Throughput
		case m.Arm == plan.Control && m.Replicas == smallest:
			r.smallControl = m.Throughput
		}
	}
	var at []float64
	for _, i := range order {
		if r := rounds[i]; r.there > 0 && r.control > 0 && r.small > 0 && r.smallControl > 0 {
			at = append(at, float64(t.Replicas)*(r.there/r.control)/(r.small/r.smallControl))
		}
	}
	return stats.Ratios(at, a.launches()/float64(t.Replicas))
}
