package main

import (
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/scripts/longtest"
)

const drifting = `
name: drifting
question: Is the lie noticed?
schemes: [session-redis]
resolution: 0.05
demand: {slice: 50ms, rounds: 60, launches: 6, connections: 16}
scaling: {replicas: [1, 2], budget: 0.1, slice: 200ms, rounds: 24, connections: 16}
`

// TestLie9TheMachineSlowsDown: halfway through, everything takes 30 % longer. A mean over the run would be a cost that
// the machine never had, and a scheme that is measured later would seem to cost more.
func TestLie9TheMachineSlowsDown(t *testing.T) {
	if testing.Short() {
		t.Skip("many simulated runs are skipped with -short")
	}
	l := measuretest.Lab{
		Plan: drifting, Costs: map[string]float64{plan.Control: 40, plan.Twin: 40, "session-redis": 60},
		Noise: 0.04, Interference: 0.02, Luck: 0.01,
	}
	l.Change = func(r *record.Slice) {
		if r.Kind == plan.DemandCell && r.Round >= 30 || r.Kind == plan.ScalingCell && r.Round >= 12 {
			slow(r, 1.3)
		}
	}
	text := shown(t, l)
	says(t, text,
		`DRIFT: the control's cost rose by (2|3)\d % from the first third of the rounds to the last\. Absolute costs are `+
			`printed as the range .*ratios to the control of the same round stay valid`,
		`DRIFT: the control's throughput fell by (1|2)\d %`,
		`\| control +\| +\*4\d\.\d–5\d\.\d\* \|`, // the first third and the last third, in grey
		`\| session-redis +\| +\*\+\d\d\.\d \[\d\d\.\d \d\d\.\d\]\* \| +1\.\d\d \[1\.\d\d 1\.\d\d\] +\|`,
		`\| session-redis +\| +2 \| +\*\d+–\d+\* \|`)
	silent(t, text, `NOISY`)

	runs := longtest.Times(200, 100)
	held := 0
	for l.Seed = range uint64(runs) {
		for _, c := range analysis.Compare(l.Run()).Demand {
			if c.Name == "session-redis" && c.Ratio.Low <= 1.5 && 1.5 <= c.Ratio.High && c.Ratio.Why.IsZero() {
				held++
			}
		}
	}
	if share := float64(held) / float64(runs); share < 0.93 {
		t.Errorf("on a machine that slows down, %.1f %% of the intervals hold the true ratio, want 93 %% or more", 100*share)
	}
}

// slow multiplies the cost of a scheme's requests: the same CPU time answers fewer.
func slow(r *record.Slice, times float64) {
	for _, n := range []*uint64{&r.Sent, &r.Served, &r.BytesIn, &r.BytesOut} {
		*n = uint64(float64(*n) / times)
	}
	r.Verdicts[record.OK] = r.Sent
	if use, ok := r.Use["store"]; ok {
		asked := int64(r.Served)
		use.Operations = &asked
		r.Use["store"] = use
	}
}

// TestLie9OnlyNoiseIsNoisy: drift is not noise, and a lab that took every doubt for noise would never report a result.
func TestLie9OnlyNoiseIsNoisy(t *testing.T) {
	for _, test := range []struct {
		name  string
		twin  float64 // µs; the control takes 40
		luck  float64
		noisy string
	}{
		{"the control agrees with itself", 40, 0, ""},
		{"it differs by less than 2 %", 40.7, 0, ""},
		{
			"it differs by more", 40.9, 0,
			`NOISY: the control differs from itself by more than 2 %, so no scheme is called more or less costly`,
		},
		{"the other way", 39.1, 0, `NOISY: the control differs from itself by more than 2 %`},
		{
			"it is known worse than the plan asks", 40, 0.3,
			`NOISY: the control against itself is known to ± \d+\.\d % only; the plan asks for ± 5\.0 %`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := shown(t, measuretest.Lab{
				Plan: drifting, Seed: 1, Costs: map[string]float64{plan.Control: 40, plan.Twin: test.twin, "session-redis": 60},
				Luck:  test.luck,
				Drift: 0.3, // it must make no difference
			})
			if test.noisy == "" {
				silent(t, text, `NOISY`)
				says(t, text, `A session in Redis adds 50 % of CPU`)
				return
			}
			says(t, text, test.noisy)
			silent(t, text, `A session in Redis adds \d`)
		})
	}
}
