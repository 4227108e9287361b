package delays

import (
	"slices"
	"testing"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func TestDelaysOfARow(t *testing.T) {
	p, err := plan.Parse("delays.yaml", []byte("name: mine\nschemes: [session-redis, token-push]\ndelays: {replicas: 2, "+
		"logins: 100}\n"), Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	run := &record.Run{Plan: p}
	add := func(scheme string, trial, replica int, accepted, refused time.Duration) {
		run.Add(key, Line{
			Scheme:  scheme,
			Refusal: record.Refusal{Trial: trial, Replica: replica, Accepted: accepted, Refused: refused},
		})
	}
	for i := range 100 {
		ms := time.Duration(i+1) * time.Millisecond
		add("session-redis", i, 0, 0, ms)
		add("token-push", i, 0, 0, ms)
		add("token-push", i, 1, ms, 2*ms)
	}
	found := func() []Delay { return Kind.Analyse(run).(*Findings).Delays }
	all := found()
	if len(all) != 2 {
		t.Fatalf("%d rows", len(all))
	}
	if d := all[0]; d.Logins != 100 || d.Refusals != 100 || d.Accepted != 0 || d.P50 != 50*time.Millisecond ||
		d.P99 != 99*time.Millisecond ||
		d.Worst != 100*time.Millisecond || d.Broken {
		t.Errorf("session-redis: %+v", d)
	}
	if d := all[1]; d.Refusals != 200 || d.Accepted != 0.5 || d.Longest != 100*time.Millisecond ||
		d.Worst != 200*time.Millisecond || d.Broken {
		t.Errorf("token-push: %+v", d)
	}
	for name, late := range map[string]func(){
		"taken beyond the push delay": func() {
			add("token-push", 100, 1, 1001*time.Millisecond, 1002*time.Millisecond)
		},
		"never refused":                          func() { add("token-push", 100, 1, 6*time.Second, 0) },
		"taken at all where it must end at once": func() { add("session-redis", 100, 0, time.Microsecond, time.Millisecond) },
	} {
		whole := slices.Clone(run.Kinds[key])
		late()
		if all := found(); !all[0].Broken && !all[1].Broken {
			t.Errorf("%s: no guarantee is called broken", name)
		}
		run.Kinds[key] = whole
	}
}
