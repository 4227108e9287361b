package analysis

import (
	"math"
	"strings"
	"testing"

	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
)

// beyond is a plan whose largest clusters lie beyond the store: with 40 µs in a replica and 8 µs in the store, under
// equal budgets, five replicas use the store up.
const beyond = `
name: beyond
schemes: [session-redis, token-hs256]
resolution: 0.5
scaling: {replicas: [1, 2, 8], budget: 0.1, slice: 200ms, rounds: 8, connections: 16}
`

func TestWhereTheLineBends(t *testing.T) {
	costs := map[string]float64{plan.Control: 40, plan.Twin: 40, "session-redis": 40, "token-hs256": 40}
	a := Compare(measuretest.Lab{Plan: beyond, Seed: 3, Noise: 0.02, Costs: costs, Store: 8}.Run())
	if len(a.Bends) != 1 || a.Bends[0].Name != "session-redis" {
		t.Fatalf("the bends are %+v", a.Bends)
	}
	b := a.Bends[0]
	if !b.Reached() || b.AtMost || b.Replicas != 8 || math.Abs(b.At.Center-5) > 0.3 || b.At.Low > 5 || b.At.High < 5 {
		t.Errorf("it bends at %.2f [%.2f %.2f] replicas, seen at %d; want 5 at 8", b.At.Center, b.At.Low, b.At.High,
			b.Replicas)
	}
	if b.Store < 0.95 || b.Replica > 0.7 {
		t.Errorf("there the store used %.2f of its budget and the replicas %.2f of theirs", b.Store, b.Replica)
	}
	// A store of which each request takes less is not the bottleneck of any of these clusters.
	a = Compare(measuretest.Lab{Plan: beyond, Seed: 3, Noise: 0.02, Costs: costs, Store: 4}.Run())
	if len(a.Bends) != 1 || a.Bends[0].Reached() || !a.Bends[0].Free() || a.Bends[0].At.Known() {
		t.Errorf("a store with room left is called the bottleneck: %+v", a.Bends)
	}
	// One that costs so much that even the larger store is full: the bottleneck comes at that number or sooner.
	a = Compare(measuretest.Lab{Plan: beyond, Seed: 3, Noise: 0.02, Costs: costs, Store: 60}.Run())
	if len(a.Bends) != 1 || !a.Bends[0].Reached() || !a.Bends[0].AtMost {
		t.Errorf("a larger store that is full too sets a bound: %+v", a.Bends)
	}
}

// TestTwoRoundsAreNoExperiment: without an interval nothing is said of a larger store.
func TestTwoRoundsAreNoExperiment(t *testing.T) {
	costs := map[string]float64{plan.Control: 40, plan.Twin: 40, "session-redis": 40, "token-hs256": 40}
	few := strings.Replace(beyond, "rounds: 8", "rounds: 2", 1)
	a := Compare(measuretest.Lab{Plan: few, Seed: 3, Noise: 0.02, Costs: costs, Store: 8}.Run())
	if len(a.Bends) != 1 || a.Bends[0].Reached() || a.Bends[0].Free() {
		t.Errorf("got %+v", a.Bends)
	}
}
