package analysis

import (
	"cmp"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// TierCost is what a request costs a shared part that is saturated under a budget of its own. A smaller budget makes
// each request cost more, so this cost stands by itself and is never added to a replica's.
type TierCost struct {
	Tier   string         `json:"tier"`          // store or balancer
	Scheme string         `json:"scheme"`        // whose requests
	Budget float64        `json:"budget"`        // cores
	CPU    stats.Estimate `json:"cpu_us"`        // µs per request
	Thirds Span           `json:"cpu_us_thirds"` // the same, by thirds of the rounds
	// Drift says why only Thirds is known.
	Drift message.Sentence `json:"drift,omitzero"`
	// Others is how many slices had another budget. They are left out, because costs under different budgets are not one
	// figure.
	Others int `json:"slices_under_other_budgets,omitempty"`
	// Withheld says why no cost is shown although some slices count; empty where that is not so.
	Withheld message.Sentence `json:"withheld,omitzero"`
}

func (a *Analysis) tiers() {
	for _, tier := range []string{"store", "balancer"} {
		cells, withheld := a.representative(a.valid(func(m *measure.Measurement) bool {
			return m.Kind == plan.DemandCell && m.Tier == tier
		}), tier)
		for _, scheme := range a.Run.Plan.AllSchemes() {
			var own []*measure.Measurement
			for _, m := range cells {
				if m.Scheme == scheme.Name {
					own = append(own, m)
				}
			}
			if why := withheld[scheme.Name]; len(own) > 0 || !why.IsZero() {
				c := tierCost(tier, scheme.Name, own)
				c.Withheld = why
				a.Tiers = append(a.Tiers, c)
			}
		}
	}
}

func tierCost(tier, scheme string, cells []*measure.Measurement) TierCost {
	c := TierCost{Tier: tier, Scheme: scheme, Budget: usual(cells, tier)}
	var cpu []float64
	for _, m := range cells {
		if m.Budgets[tier] == c.Budget {
			cpu = append(cpu, micros(m, tier))
		}
	}
	c.CPU, c.Thirds, c.Others = stats.Of(cpu), span(cpu), len(cells)-len(cpu)
	c.Drift = drifted(message.New("drift.cost"), cpu)
	return c
}

// usual is the budget that most slices gave each process of a tier; the largest of them in a tie.
func usual(cells []*measure.Measurement, tier string) float64 {
	count := map[float64]int{}
	var budgets []float64
	for _, m := range cells {
		b := m.Budget(tier)
		if count[b]++; count[b] == 1 {
			budgets = append(budgets, b)
		}
	}
	if len(budgets) == 0 {
		return 0
	}
	return slices.MaxFunc(budgets, func(x, y float64) int {
		return cmp.Or(cmp.Compare(count[x], count[y]), cmp.Compare(x, y))
	})
}
