package analysis

import (
	"testing"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func TestDelaysOfARow(t *testing.T) {
	p, err := plan.Parse("delays.yaml", []byte("name: mine\nschemes: [session-redis, token-push]\ndelays: {replicas: 2, logins: 100}\n"))
	if err != nil {
		t.Fatal(err)
	}
	run := &measure.Run{Run: record.Run{Plan: p}}
	add := func(arm string, trial, replica int, accepted, refused time.Duration) {
		run.Delays = append(run.Delays, record.Delay{Arm: arm, Refusal: record.Refusal{Trial: trial, Replica: replica, Accepted: accepted, Refused: refused}})
	}
	for i := range 100 {
		ms := time.Duration(i+1) * time.Millisecond
		add("session-redis", i, 0, 0, ms)
		add("token-push", i, 0, 0, ms)
		add("token-push", i, 1, ms, 2*ms)
	}
	a := &Analysis{Run: run}
	a.delays()
	if len(a.Delays) != 2 {
		t.Fatalf("%d rows", len(a.Delays))
	}
	if d := a.Delays[0]; d.Logins != 100 || d.Refusals != 100 || d.Accepted != 0 || d.P50 != 50*time.Millisecond || d.P99 != 99*time.Millisecond ||
		d.Worst != 100*time.Millisecond || d.Broken {
		t.Errorf("session-redis: %+v", d)
	}
	if d := a.Delays[1]; d.Refusals != 200 || d.Accepted != 0.5 || d.Longest != 100*time.Millisecond || d.Worst != 200*time.Millisecond || d.Broken {
		t.Errorf("token-push: %+v", d)
	}
	for name, late := range map[string]func(){
		"taken beyond the push delay":            func() { add("token-push", 100, 1, 1001*time.Millisecond, 1002*time.Millisecond) },
		"never refused":                          func() { add("token-push", 100, 1, 6*time.Second, 0) },
		"taken at all where it must end at once": func() { add("session-redis", 100, 0, time.Microsecond, time.Millisecond) },
	} {
		whole := run.Delays
		late()
		a.Delays = nil
		a.delays()
		if !a.Delays[0].Broken && !a.Delays[1].Broken {
			t.Errorf("%s: no guarantee is called broken", name)
		}
		run.Delays = whole
	}
}
