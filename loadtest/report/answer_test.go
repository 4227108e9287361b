package report

import (
	"math"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// A store that is used up too may be the bottleneck as well as its replicas, whichever used a percent more.
func TestAStoreThatIsUsedUpTooIsNamed(t *testing.T) {
	for store, want := range map[float64]string{
		0.96: "At 8 replicas, the replicas and the store that they share had both used up their budgets for session-redis, " +
			"so which of them stood in the way is not known.",
		0.80: "At 8 replicas, the replicas themselves were the limit for session-redis, and no store held " +
			"them back.",
	} {
		scheme, err := plan.SchemeNamed("session-redis")
		if err != nil {
			t.Fatal(err)
		}
		a := &analysis.Analysis{Scaling: []analysis.Throughput{{
			Name: scheme.Name, Scheme: scheme, Replicas: 8, First: "replica",
			Busy: map[string]float64{"replica": 0.99, "store": store},
		}}}
		if got := bottleneck(a, 8).String(); got != want {
			t.Errorf("the store used %.2f: %q, want %q", store, got, want)
		}
	}
}

// N* was not measured unless a cluster of that size was. It depends on the store's cost, not on the ratio that was
// right.
func TestTheModelSaysWhatItWasNotHeldAgainst(t *testing.T) {
	trial := model.Trial{
		Scheme: "session-redis", Crossover: stats.Exactly(11.4), FarCrossover: stats.Exactly(2.9), Error: stats.Exactly(0.06),
		Store: model.Used{Predicted: 0.69, Measured: 0.96},
	}
	got := said(modelAnswer(model.Judgement{HeldOut: 8, Trials: []model.Trial{trial}}))
	if !strings.Contains(got, "expected it to use 69 % of its budget, and it used 96 %") || strings.Contains(got, "11.4") {
		t.Errorf("a store that did more, so that the figure is no figure to plan with: %q", got)
	}
	trial.Store.Measured = 0.5
	if got := said(modelAnswer(model.Judgement{HeldOut: 8, Trials: []model.Trial{trial}})); !strings.Contains(got,
		"the store used 50 %, so that the bottleneck is further away") {
		t.Errorf("a store that did less: %q", got)
	}
	trial.Store.Measured = 0.7
	if got := said(modelAnswer(model.Judgement{HeldOut: 8, Trials: []model.Trial{trial}})); !strings.Contains(got,
		"the store used 70 %; no cluster") {
		t.Errorf("a store that did as predicted: %q", got)
	}
	trial.Crossover = stats.Exactly(5)
	if got := said(modelAnswer(model.Judgement{HeldOut: 8, Trials: []model.Trial{trial}})); strings.Contains(got,
		"no cluster") {
		t.Errorf("8 replicas are beyond 5: %q", got)
	}
	trial.Bend, trial.Miss = stats.Interval{Center: 4, Low: 3.8, High: 4.2}, 0.25
	if got := said(modelAnswer(model.Judgement{HeldOut: 8, Trials: []model.Trial{trial}})); !strings.Contains(got,
		"predicted that at 5.0 replicas, +25 % from what was measured") {
		t.Errorf("a bottleneck that was measured: %q", got)
	}
	trial.Crossover = stats.Exactly(math.Inf(1))
	if got := modelAnswer(model.Judgement{HeldOut: 8, Trials: []model.Trial{trial}}); len(got) > 0 {
		t.Errorf("without a store: %q", got)
	}
}

// said is what messages say, one after the other.
func said(messages []message.Message) string { return strings.Join(message.Texts(messages), " ") }

func TestAShareThatIsNotNothingIsNotZero(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 0.00375: "< 1 %", 0.005: "< 1 %", 0.01: "1 %", 0.874: "87 %"} {
		if got := page.Percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
}

// TestALargerStoreDecides: what a larger store changes says which part was the limit, however full the parts were.
func TestALargerStoreDecides(t *testing.T) {
	ratio := func(low, high float64) stats.Estimate {
		return stats.Estimate{Center: (low + high) / 2, Low: low, High: high, N: 8}
	}
	for _, test := range []struct {
		bend analysis.Bend
		want string
	}{
		{
			analysis.Bend{Store: 1.04, Relieved: ratio(1.4, 1.6), At: ratio(15, 17)},
			"as much: the store is the bottleneck from",
		},
		{analysis.Bend{Store: 1.04, Relieved: ratio(1.4, 1.6), At: ratio(15, 17), AtMost: true}, "replicas on, or fewer"},
		{analysis.Bend{Store: 1.04, Relieved: ratio(0.95, 1.05)}, "the store is not the bottleneck there"},
		{analysis.Bend{Store: 0.6, Relieved: ratio(1.01, 1.1)}, "as much, although their own was not used up."},
		{analysis.Bend{Store: 1.04, Relieved: ratio(0.8, 1.4)}, "cannot tell whether the store is"},
		{analysis.Bend{Store: 0.6, Relieved: ratio(0.8, 1.4)}, "the store is not the bottleneck there"},
		{analysis.Bend{Store: 1.04, Relieved: stats.Of([]float64{1.5, 1.5})}, ""},
	} {
		got := relieved(test.bend).String()
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%+v says %q, want %q", test.bend, got, test.want)
		}
	}
}
