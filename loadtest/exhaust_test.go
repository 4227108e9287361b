package main

import (
	"encoding/json"
	"slices"
	"testing"

	"authlab/loadtest/experiment/exhaust"
	"authlab/loadtest/plan"

	"authlab/loadtest/experiment/all"
)

// TestPrices measures defences in process beside real servers. What it finds depends on the machine; that it finds it,
// and how it is kept, does not.
func TestPrices(t *testing.T) {
	cmd, results, output := lab(t, `
name: prices
question: What do they cost?
schemes: [token-hs256]
exhaust: {drains: [valid-again], starts: 1, turns: 1, slice: 20ms, connections: 2,
  inside: [strict-parsing, same-origin, guessing], rounds: 3}
`)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var report struct {
		Exhaust []exhaust.Cost
		Damage  []string
	}
	if err := json.Unmarshal(read(t, onlyRun(t, results), "report.json"), &report); err != nil {
		t.Fatal(err)
	}
	var priced []string
	for _, c := range report.Exhaust {
		if c.Scheme != exhaust.Inside {
			continue
		}
		priced = append(priced, c.What)
		if !c.Why.IsZero() || c.Noise == nil || c.Replica.Center <= 0 || c.Beside.Center <= 0 || c.Added.N != 1 {
			t.Errorf("%+v", c)
		}
	}
	if want := []string{"strict-parsing", "same-origin", "guessing"}; !slices.Equal(priced, want) || report.Damage != nil {
		t.Errorf("prices of %v, want %v; %v", priced, want, report.Damage)
	}
}

// TestExploitsPlanHasAllPrices: a defence that no plan asks for has no price.
func TestExploitsPlanHasAllPrices(t *testing.T) {
	p, err := plan.Load(exploitsPlan, all.Parts()...)
	if err != nil {
		t.Fatal(err)
	}
	part, _ := plan.PartOf[*exhaust.Part](p)
	for _, d := range exhaust.Defences {
		if !slices.Contains(part.Defences, d.Name) {
			t.Errorf("the plan %s leaves %s out", exploitsPlan, d.Name)
		}
	}
	for _, d := range exhaust.Alones {
		if !slices.Contains(part.Inside, d.Name) {
			t.Errorf("the plan %s leaves %s out", exploitsPlan, d.Name)
		}
	}
}
