package analysis

import (
	"strings"
	"testing"

	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
)

// required is a plan with every figure that a requirement may name. Session-redis costs twice the control, the tokens
// 1.4 times.
const required = `
name: required
schemes: [session-redis, token-hs256]
resolution: 0.1
demand: {slice: 50ms, rounds: 96, launches: 8, connections: 64}
scaling: {replicas: [1, 2, 8], budget: 0.1, slice: 200ms, rounds: 8, connections: 16}
latency: {replicas: 2, rates: [1000], slice: 1s, samples: 10000}
`

func TestRequirements(t *testing.T) {
	costs := map[string]float64{plan.Control: 40, plan.Twin: 40, "session-redis": 80, "token-hs256": 56}
	a := Compare(measuretest.Lab{Plan: required, Seed: 3, Noise: 0.02, Costs: costs, Store: 20}.Run())
	for text, want := range map[string]Verdict{
		"cost(session-redis) <= 2.3 * cost(control)":      Kept,
		"cost(session-redis) <= 1.7 * cost(control)":      Broken,
		"cost(session-redis) >= 1.7 * cost(control)":      Kept,
		"cost(session-redis) >= 2.3 * cost(control)":      Broken,
		"cost(session-redis) <= 2.0 * cost(control)":      CannotTell,
		"cost(session-redis) <= 1.55 * cost(token-hs256)": Kept,
		"cost(session-redis) <= 1.3 * cost(token-hs256)":  Broken,
		"cost(control) <= 0.6 * cost(session-redis)":      Kept,
		"cost(control) <= 0.4 * cost(session-redis)":      Broken,
		"cost(session-redis) <= 1s":                       Kept,
		"cost(session-redis) <= 1us":                      Broken,
		"cost(session-near) <= 1s":                        CannotTell,
		"cost(token-hs256) <= 9 * cost(session-near)":     CannotTell,
		"share(token-hs256, 8) >= 0.5":                    Kept,
		"share(token-hs256, 8) >= 0.9":                    Broken,
		"share(token-hs256, 4) >= 0.5":                    CannotTell,
		"bottleneck(session-redis) >= 2":                  Kept,
		"bottleneck(session-redis) >= 7":                  Broken,
		"bottleneck(token-hs256) >= 7":                    CannotTell,
		"p50(token-hs256, 1000) <= 1s":                    Kept,
		"p99(token-hs256, 1000) <= 1us":                   Broken,
		"p99(token-hs256, 2000) <= 1s":                    CannotTell,
	} {
		r, err := plan.ParseRequirement(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if j := a.Require(r); j.Verdict != want || j.Said.IsZero() || strings.Contains(j.Said.String(), "{{") {
			t.Errorf("%s: %s, %q; want %s", text, j.Verdict, j.Said, want)
		}
	}
}

// TestFewLaunchesTellNothing: without an interval no requirement is kept, and none is broken.
func TestFewLaunchesTellNothing(t *testing.T) {
	few := strings.Replace(required, "launches: 8", "launches: 2", 1)
	a := Compare(measuretest.Lab{Plan: few, Seed: 3, Noise: 0.02, Store: 20}.Run())
	for _, text := range []string{
		"cost(session-redis) <= 9 * cost(control)", "cost(session-redis) <= 9 * cost(token-hs256)",
	} {
		r, err := plan.ParseRequirement(text)
		if err != nil {
			t.Fatal(err)
		}
		if j := a.Require(r); j.Verdict != CannotTell {
			t.Errorf("%s: %s, %q", text, j.Verdict, j.Said)
		}
	}
}

// TestAVoidRunKeepsNothing: a user got another user's answer.
func TestAVoidRunKeepsNothing(t *testing.T) {
	run := measuretest.Lab{Plan: required, Seed: 3, Noise: 0.02, Store: 20}.Run()
	a := Compare(run)
	a.Void = a.Partial
	a.Void.Key = "run.killed"
	r, err := plan.ParseRequirement("cost(session-redis) <= 1s")
	if err != nil {
		t.Fatal(err)
	}
	if j := a.Require(r); j.Verdict != CannotTell {
		t.Errorf("%s, %q", j.Verdict, j.Said)
	}
}
