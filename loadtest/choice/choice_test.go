package choice

import (
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
)

const asked = `
name: mine
schemes: [session-memory, session-sticky, session-redis, session-near, session-cookie, token-push, token-hs256]
resolution: 0.05
demand: {slice: 50ms, rounds: 24, launches: 6, connections: 16}
scaling: {replicas: [1, 2, 4], budget: 0.05, slice: 500ms, rounds: 6, connections: 32}
`

func run() *analysis.Analysis {
	return analysis.Compare(measuretest.Lab{Plan: asked, Seed: 1, Noise: 0.03}.Run())
}

// TestWhatADesignPromises: how long an ended login works, and what fails with the part that keeps the logins.
func TestWhatADesignPromises(t *testing.T) {
	want := map[string]struct {
		ends    time.Duration
		failure Failure
		single  bool
	}{
		"session-memory": {0, LoginsAreLost, true},
		"session-sticky": {0, LoginsAreLost, false},
		"session-redis":  {0, RequestsFail, false},
		"session-near":   {time.Second, RequestsFail, false},
		"session-cookie": {12 * time.Hour, NothingFails, false},
		"token-push":     {time.Second, RequestsFail, false},
		"token-hs256":    {15 * time.Minute, NothingFails, false},
	}
	in := Of(run(), model.Judgement{})
	if len(in.Schemes) != len(want) {
		t.Errorf("%d schemes, want %d: the control is none", len(in.Schemes), len(want))
	}
	for _, s := range in.Schemes {
		w := want[s.Name]
		if s.Ends != w.ends.Seconds() || s.Failure != w.failure || s.Single != w.single {
			t.Errorf("%s: %+v, want %+v", s.Name, s, w)
		}
		if len(s.Costs) == 0 || len(s.Share) == 0 && s.Name != "session-near" {
			t.Errorf("%s: nothing measured is kept: %+v", s.Name, s)
		}
	}
}

// TestOnlyATestedModelGoesFurther: more replicas than were measured are answered only where the model may predict them.
func TestOnlyATestedModelGoesFurther(t *testing.T) {
	j := model.Judgement{Trials: []model.Trial{
		{Scheme: "token-hs256", Far: []model.Outlook{{Replicas: 10}, {Replicas: 1000}}},
		{Scheme: "session-redis", Withheld: message.Say("outlook.no-store-cost")},
	}}
	in := Of(run(), j)
	if in.Replicas != 4 {
		t.Errorf("%d replicas were measured, want 4", in.Replicas)
	}
	for _, s := range in.Schemes {
		want := 4
		if s.Name == "token-hs256" {
			want = 1000
		}
		if s.Beyond != want {
			t.Errorf("%s may be answered up to %d replicas, want %d", s.Name, s.Beyond, want)
		}
	}
}

// TestNothingFromNothing: a cost that is withheld is none, a void run is refused, and without any cost there is
// nothing.
func TestNothingFromNothing(t *testing.T) {
	a := run()
	a.Void, a.Noisy = message.Say("run.killed"), message.Say("run.killed")
	for i := range a.Demand {
		if a.Demand[i].Name == "session-redis" {
			a.Demand[i].Withheld = message.Say("run.killed")
		}
	}
	in := Of(a, model.Judgement{})
	if in.Refused.IsZero() || in.Unranked.IsZero() {
		t.Errorf("a void and noisy run is not refused: %+v", in)
	}
	for _, s := range in.Schemes {
		if s.Name == "session-redis" && len(s.Costs) > 0 {
			t.Errorf("a withheld cost is used: %+v", s.Costs)
		}
	}
	a.Demand = a.Demand[:0]
	if Of(a, model.Judgement{}) != nil {
		t.Error("without a cost there is something to compute with")
	}
}

// TestClaims: the bytes of claims are those that a scheme's flags ask for.
func TestClaims(t *testing.T) {
	for name, want := range map[string]int{"token-hs256": 0, "token-hs256-claims-4096": 4096} {
		if s, err := plan.SchemeNamed(name); err != nil || claims(s) != want {
			t.Errorf("%s: %d bytes of claims, want %d: %v", name, claims(s), want, err)
		}
	}
}
