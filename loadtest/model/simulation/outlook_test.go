package simulation

import (
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// analysed returns a run in which a request costs 50 µs in a replica and 10 µs in the store under 0.05 core each, and
// 30 and 6 µs without a budget.
func analysed() *analysis.Analysis {
	exactly := func(v float64) stats.Estimate { return stats.Estimate{Center: v, Low: v, High: v, N: 24} }
	return &analysis.Analysis{
		Run: &measure.Run{Run: record.Run{Plan: &plan.Plan{
			Schemes: []string{"session-redis"}, Users: 1000, Seed: 1,
			Scaling:  &plan.Scaling{Replicas: []int{1, 2, 4, 8}, HeldOut: 8, Connections: 32, Rounds: 24},
			Capacity: &plan.Capacity{Replicas: []int{2, 4}, P99: 100 * time.Millisecond},
		}}},
		Calibration: []analysis.Calibration{
			{Name: "session-redis", Budget: 0.05, CPU: exactly(50), Store: exactly(10), StoreBudget: 0.05, Balancer: exactly(2)},
		},
		Demand: []analysis.Cost{{Name: "session-redis", CPU: exactly(30)}},
		Tiers:  []analysis.TierCost{{Tier: "store", Scheme: "session-redis", CPU: exactly(6)}},
		Capacity: []analysis.Capacity{
			{Name: "session-redis", Replicas: 4, Bracket: analysis.Bracket{Held: 3400, Broke: 3500}},
			{Name: "session-redis", Replicas: 2}, // no rate met the objective
		},
	}
}

func TestValidateCapacity(t *testing.T) {
	checks, err := ValidateCapacity(analysed())
	if err != nil || len(checks) != 1 {
		t.Fatalf("%+v, %v", checks, err)
	}
	// Four replicas answer at most 4,000/s, and requests wait for frozen ones.
	c := checks[0]
	if c.Replicas != 4 || c.Held != 3400 || c.Failed != 3500 || c.Simulated.Held < 2800 || c.Simulated.Held > 4000 {
		t.Errorf("%+v", c)
	}
}

// TestOutlook: on entire cores the store serves 1/6 µs, however many replicas there are.
func TestOutlook(t *testing.T) {
	judged := model.Judgement{Trials: []model.Trial{{Scheme: "session-redis"}, {Scheme: "token-hs256"}}}
	all, err := Outlook(analysed(), judged)
	if err != nil || len(all) != len(model.FarSizes()) {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, f := range all {
		within(t, "rate", f.Rate, Load/6e-6, 1e-6)
		within(t, "store", f.Store, Load, 0.02)
		if f.Replicas != model.FarSizes()[i] || f.P50 < 36*time.Microsecond || f.P99 < f.P50 || f.P99 > time.Millisecond {
			t.Errorf("%+v", f)
		}
	}
	judged.Trials[0].Withheld = message.Say("outlook.missed", "tolerance", 0.15)
	if all, err := Outlook(analysed(), judged); err != nil || len(all) != 0 {
		t.Errorf("a withheld outlook: %+v, %v", all, err)
	}
}
