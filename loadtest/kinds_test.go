package main

import (
	"slices"
	"testing"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
)

// TestKindsHaveNames: a kind's key names its stage and its section, and nothing else has it: no stage of slices, no
// raw file and no member of report.json.
func TestKindsHaveNames(t *testing.T) {
	p, err := plan.Load("rows", all.Parts()...)
	if err != nil {
		t.Fatal(err)
	}
	taken := []string{
		"demand", "ladder", "tiers", "scaling", "latency", "capacity", "target", "slices", "runtime", "probes", "requests",
		"run", "plan", "events",
		"environment", "answer", "schemes", "model", "invalid", "failures",
	}
	texts := map[string]string{
		"delays": "delays: {replicas: 1, logins: 1}",
		"memory": "memory: {logins: [1, 2], starts: 1}",
		"replay": "replay: {slice: 50ms, rounds: 1, starts: 1, connections: 1, lanes: 2}",
		"logins": "logins: {starts: 1, logins: 1, passwords: 1, rate: 1, storm: 1, window: 1s}",
		"incident": "incident: {faults: [store-down], replicas: 2, users: 100, rate: 300, " +
			"before: 4s, fault: 2s, after: 4s, times: 3}",
		"exploit": "exploit: {attacks: [alg-none], patience: 1s}",
		"exhaust": "exhaust: {drains: [invented-ids], starts: 1, turns: 1, slice: 40ms, connections: 4}",
	}
	for _, kind := range all.Kinds {
		name := kind.Name()
		if slices.Contains(taken, name) {
			t.Errorf("%s is the name of something else", name)
		}
		taken = append(taken, name)
		if err := kind.Part().Check(p); err == nil {
			t.Errorf("%s takes a part without anything in it", name)
		}
		of, err := plan.Parse("mine.yaml", []byte("name: mine\nschemes: [session-redis]\n"+texts[name]+"\n"), all.Parts()...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if stage := of.Part(name).Stage(of, plan.DefaultCosts); stage.Name != name {
			t.Errorf("the stage of %s is called %s", name, stage.Name)
		}
		again, err := plan.Parse("again.yaml", of.Text(), all.Parts()...)
		if err != nil || again.Part(name) == nil {
			t.Errorf("%s does not come back from %s: %v", name, of.Text(), err)
		}
	}
}
