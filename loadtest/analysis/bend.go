package analysis

import (
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Bend is what the store of a scheme holds back at the largest size, by experiment: the same replicas answered with
// their store, and, in the same round, with one of plan.Relief times its budget.
type Bend struct {
	Name     string `json:"scheme"`               // the scheme's name
	Replicas int    `json:"measured_at_replicas"` // the largest size
	// Store and Replica are the shares of their budgets that they used there, with the store's usual budget.
	Store   float64 `json:"store_used"`
	Replica float64 `json:"replicas_used"`
	// Relieved is the ratio of the throughput with the larger store to that with the usual one. The replicas are the same
	// processes, so that what launches differ by cancels.
	Relieved stats.Estimate `json:"relieved_ratio"`
	// At is the number of replicas beyond which more bring nothing: as many as answer, with a store that holds nothing
	// back, what all of them answer with the usual one. It is zero where the store was not the bottleneck.
	At stats.Estimate `json:"bends_at_replicas,omitzero"`
	// AtMost tells that the larger store was full too. With a still larger one At would be smaller.
	AtMost bool `json:"bends_there_at_most,omitempty"`
}

// Reached reports whether the store was the bottleneck: it was full, and a larger one let the same replicas answer
// more.
func (b Bend) Reached() bool {
	return b.Store >= usedUp && b.Relieved.Why.IsZero() && b.Relieved.Low > 1
}

// little is the gain from a larger store below which the store held back nothing worth a sentence.
const little = 1.1

// Free reports whether the store was not the bottleneck: it had room left, or the whole interval of the gain is small.
// A full store with a wide interval is neither reached nor free: the run cannot tell.
func (b Bend) Free() bool {
	return b.Relieved.Why.IsZero() && !b.Reached() && (b.Store < usedUp || b.Relieved.High < little)
}

// bends compares the relieved cells with the scaling cells of the same size and round.
func (a *Analysis) bends() {
	relieved := map[string][]*measure.Measurement{}
	for _, m := range a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.RelievedCell }) {
		relieved[m.Scheme] = append(relieved[m.Scheme], m)
	}
	for _, t := range a.Scaling {
		own := slices.DeleteFunc(slices.Clone(relieved[t.Name]), func(m *measure.Measurement) bool {
			return m.Replicas != t.Replicas
		})
		if len(own) == 0 {
			continue
		}
		usual := a.valid(func(m *measure.Measurement) bool {
			return m.Kind == plan.ScalingCell && m.Scheme == t.Name && m.Replicas == t.Replicas
		})
		b := Bend{
			Name: t.Name, Replicas: t.Replicas, Store: t.Busy["store"], Replica: t.Busy["replica"],
			Relieved: ratios(own, usual, 0),
		}
		if b.Reached() {
			n := float64(t.Replicas)
			b.At = stats.Estimate{
				Center: n / b.Relieved.Center, Low: n / b.Relieved.High, High: n / b.Relieved.Low, N: b.Relieved.N,
			}
			b.AtMost = storeUse(own) >= usedUp
		}
		a.Bends = append(a.Bends, b)
	}
}

// storeUse is the share of its budget that the store used, median over the slices.
func storeUse(own []*measure.Measurement) float64 {
	var used []float64
	for _, m := range own {
		used = append(used, m.Busy["store"])
	}
	return stats.Median(used)
}
