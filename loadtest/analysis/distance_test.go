package analysis_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/record"
)

const moved = `
name: moved
question: From which distance on are tokens faster?
resolution: 0.05
schemes: [session-redis, token-hs256]
latency:
  replicas: 2
  rates: [1000]
  slice: 1s
  samples: 10000
  also: [session-redis+1ms, session-redis+20ms, session-near+5ms]
`

// TestDistancesAreFoundAgain: the synthetic requests take about a millisecond, and as much more as the store is further
// away, unless they need not ask it.
func TestDistancesAreFoundAgain(t *testing.T) {
	a := analysis.Compare(measuretest.Lab{Plan: moved, Seed: 1}.Run())
	want := map[string]float64{ // ms more than the token
		"session-redis": 0, "session-redis+1ms": 1, "session-redis+20ms": 20, "session-near+5ms": 0,
	}
	if len(a.Distances) != len(want) {
		t.Fatalf("got %+v", a.Distances)
	}
	for _, d := range a.Distances {
		more, ok := want[d.Name]
		if !ok || d.Token != "token-hs256" || d.Rate != 1000 || math.Abs(d.Behind.Center-more) > 0.1 {
			t.Errorf("%s: %+v", d.Name, d)
		}
		if d.Slower() != (more > 0) || d.Faster() {
			t.Errorf("%s is slower: %v, faster: %v, by %+v", d.Name, d.Slower(), d.Faster(), d.Behind)
		}
		switch d.Name {
		case "session-redis+1ms", "session-redis+20ms":
			if math.Abs(d.Trips.Center-1) > 0.1 || !d.Trips.Known() {
				t.Errorf("%s waits for %+v round trips", d.Name, d.Trips)
			}
		default:
			if d.Added.Known() { // near, or without the same scheme near
				t.Errorf("%s: %+v", d.Name, d)
			}
		}
	}
}

// TestAStoreThatIsNotFarAwayCountsNot: an answer that came within the round trip was given without it.
func TestAStoreThatIsNotFarAwayCountsNot(t *testing.T) {
	quick := record.NewHistogram()
	record.Observe(quick, 700*time.Microsecond)
	a := analysis.Compare(measuretest.Lab{Plan: moved, Seed: 1, Change: func(s *record.Slice) {
		if s.Round == 0 {
			s.Latency = record.EncodeHistogram(quick)
		}
	}}.Run())
	var early []string
	for _, i := range a.Invalid {
		if i.Sentence.Key == "slice.delay" {
			early = append(early, i.Cell.String()+": "+i.Sentence.String())
		}
	}
	slices.Sort(early)
	want := []string{
		"latency of session-redis+1ms at 1000/s: a request was answered within 0.70 ms, and a round trip to its store " +
			"takes 1 ms at least",
		"latency of session-redis+20ms at 1000/s: a request was answered within 0.70 ms, and a round trip to its store " +
			"takes 20 ms at least",
	}
	if !slices.Equal(early, want) {
		t.Errorf("got %q", early)
	}
}
