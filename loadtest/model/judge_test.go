package model

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// calibrated returns a run in which a request costs 50 µs in a replica, the control's 40, and 10 µs in the store, under
// 0.05 core each.
func calibrated() *analysis.Analysis {
	exactly := func(v float64) stats.Estimate { return stats.Estimate{Center: v, Low: v, High: v, N: 24} }
	return &analysis.Analysis{
		Run: &measure.Run{Run: record.Run{Plan: &plan.Plan{
			Schemes: []string{"session-redis", "token-hs256"},
			Scaling: &plan.Scaling{Replicas: []int{1, 2, 4, 8}, HeldOut: 8, Connections: 32, Rounds: 24},
		}}},
		Calibration: []analysis.Calibration{
			{Name: plan.Control, Budget: 0.05, CPU: exactly(40), Balancer: exactly(2)},
			{Name: "session-redis", Budget: 0.05, CPU: exactly(50), Store: exactly(10), StoreBudget: 0.05, Balancer: exactly(2)},
			{Name: "token-hs256", Budget: 0.05, CPU: exactly(50), Balancer: exactly(2)},
		},
		Demand: []analysis.Cost{{Name: "session-redis", CPU: exactly(30)}, {Name: "token-hs256", CPU: exactly(30)}},
		Tiers:  []analysis.TierCost{{Tier: "store", Scheme: "session-redis", CPU: exactly(6)}},
		Scaling: []analysis.Throughput{
			{Name: "session-redis", Replicas: 8, Control: exactly(0.5), Busy: map[string]float64{"store": 0.9}},
			{Name: "token-hs256", Replicas: 8, Control: exactly(0.4)},
		},
	}
}

func frozenIn(t *testing.T, a *analysis.Analysis) {
	t.Helper()
	f := Frozen{HeldOut: 8}
	for _, in := range Fit(a) {
		p, err := Freeze(in, 1, 8)
		if err != nil {
			t.Fatal(err)
		}
		f.Predictions = append(f.Predictions, p)
	}
	if err := Shares(f.Predictions); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	a.Run.Predictions = text
}

func TestJudge(t *testing.T) {
	a := calibrated()
	frozenIn(t, a)
	j, err := Judge(a)
	if err != nil || len(j.Trials) != 2 {
		t.Fatalf("%+v, %v", j, err)
	}
	redis, token := j.Trials[0], j.Trials[1]
	// The store serves 0.05/10 µs = 5000/s, a replica 1000/s: N* is 5, and 8 replicas answer 5000 of the control's
	// 10,000.
	if !near(redis.Crossover.Center, 5, 1e-9) || !near(redis.Predicted.Center, 0.5, 0.03) ||
		math.Abs(redis.Error.Center) > 0.03 || redis.Bottleneck != "store" {
		t.Errorf("session-redis: %+v", redis)
	}
	if !near(redis.Store.Predicted, 1, 0.01) || redis.Store.Measured != 0.9 || token.Store != (Used{}) {
		t.Errorf("of the store's budget: %+v, without a store %+v", redis.Store, token.Store)
	}
	// On entire cores the store serves 1/6 µs, a replica 1/30 µs.
	if !redis.Withheld.IsZero() || !near(redis.FarCrossover.Center, 5, 1e-9) || len(redis.Far) != 3 ||
		redis.Far[2].Bottleneck != "store" || !near(redis.Far[2].Ratio, 5, 0.05) {
		t.Errorf("the outlook of session-redis: %+v", redis)
	}
	// The prediction was 0.8 of the control's throughput, and 0.4 was measured: an error of 100 %.
	if token.Error.Center < 0.8 || token.Withheld.IsZero() || token.Far != nil || !math.IsInf(token.Crossover.Center, 1) {
		t.Errorf("token-hs256: %+v", token)
	}
}

// TestStoreBusierThanPredicted: N* depends on the store, but while the replicas limit the throughput, it does not show
// the store's cost.
func TestStoreBusierThanPredicted(t *testing.T) {
	a := calibrated()
	store, share := &a.Calibration[1].Store, &a.Scaling[0].Control
	store.Center /= 2.5 // with 8 replicas it would use 64 %
	store.Low, store.High = store.Center, store.Center
	share.Center, share.Low, share.High = 0.79, 0.79, 0.79
	frozenIn(t, a)
	j, err := Judge(a)
	if err != nil {
		t.Fatal(err)
	}
	redis := j.Trials[0]
	if math.Abs(redis.Error.Center) > Tolerance || !redis.Store.Missed() || redis.Far != nil ||
		!strings.Contains(redis.Withheld.String(), "of its budget at the size held out, and used 90 %") {
		t.Errorf("%+v", redis)
	}
	a.Scaling[0].Busy["store"] = redis.Store.Predicted
	if j, err = Judge(a); err != nil || !j.Trials[0].Withheld.IsZero() || j.Trials[0].Far == nil {
		t.Errorf("after a correct prediction: %+v, %v", j, err)
	}
}

func TestCrowdingAffectsOneMachineOnly(t *testing.T) {
	a := calibrated()
	a.Crowding = stats.Estimate{Center: 0.16, Low: 0.16, High: 0.16, N: 24}
	a.Scaling[0].Control = stats.Estimate{Center: 0.57, Low: 0.57, High: 0.57, N: 24} // the control suffers, the store not
	frozenIn(t, a)
	j, err := Judge(a)
	if err != nil {
		t.Fatal(err)
	}
	if token := j.Trials[1]; !near(token.Predicted.Center, 0.8, 0.01) {
		t.Errorf("crowding raises the control's cost too, yet the share of it is %v", token.Predicted)
	}
	if redis := j.Trials[0]; !near(redis.FarCrossover.Center, 5, 1e-9) {
		t.Errorf("separate machines do not disturb each other, yet N* is %v there", redis.FarCrossover)
	}
}

func TestNothingToJudge(t *testing.T) {
	a := calibrated()
	if j, err := Judge(a); err != nil || len(j.Trials) != 0 {
		t.Errorf("without predictions: %+v, %v", j, err)
	}
	a.Run.Predictions = []byte("{")
	if _, err := Judge(a); err == nil {
		t.Error("truncated predictions were read")
	}
	a.Calibration[1].Store = stats.Estimate{}
	if all := Fit(a); len(all) != 2 || all[1].Scheme != "token-hs256" {
		t.Errorf("a scheme whose store was never saturated was fitted: %+v", all)
	}
}
