package analysis

import (
	"fmt"
	"math"
	"testing"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

const selftestPlan = `
name: selftest
question: What can be resolved?
users: 100
schemes: [session-memory]
demand: {slice: 50ms, rounds: %d, launches: 6, connections: 16}
`

// selftestCells are slices of a lab whose truth is known.
func selftestCells(rounds int, change func(*measuretest.Lab)) []measure.Measurement {
	l := measuretest.Lab{Plan: fmt.Sprintf(selftestPlan, rounds), Seed: 9, Costs: map[string]float64{
		plan.Control: 40, plan.Twin: 40, "session-memory": 50,
	}}
	change(&l)
	return l.Run().Measurements
}

func TestSelftestLine(t *testing.T) {
	for _, test := range []struct {
		name           string
		change         func(*measuretest.Lab)
		same, other    float64
		rounds, starts float64 // true spreads of a ratio: √2 of a slice's
	}{
		{"no noise", func(*measuretest.Lab) {}, 1, 1.25, 0, 0},
		{"interference is the same for all in a round", func(l *measuretest.Lab) { l.Interference = 0.2 }, 1, 1.25, 0, 0},
		{"noise of slices", func(l *measuretest.Lab) { l.Noise = 0.03 }, 1, 1.25, 0.03 * math.Sqrt2, 0},
		{"luck of starts", func(l *measuretest.Lab) { l.Luck = 0.02 }, 1, 1.25, 0, 0.02 * math.Sqrt2},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := SelftestLine(50*time.Millisecond, "session-memory", selftestCells(240, test.change))
			near := func(what string, got, want, by float64) {
				t.Helper()
				if math.Abs(got-want) > by {
					t.Errorf("%s is %.4f, want %.4f ± %.4f", what, got, want, by)
				}
			}
			near("A against A", l.Same.Center, test.same, 0.03)
			near("B against A", l.Other.Center, test.other, 0.04)
			near("the spread of rounds", l.ByRound, test.rounds, 0.1*test.rounds+0.001)
			near("the spread of launches", l.ByStart, test.starts, 0.6*test.starts+0.2*test.rounds+0.004) // of 6 medians of 40
			if l.Valid != 720 || l.Of != 720 || l.Same.N != 240 || l.Rounds != 240 || l.OverStarts.N != 6 {
				t.Errorf("%d of %d slices, %d rounds, %d starts; want 720 of 720, 240, 6", l.Valid, l.Of, l.Same.N, l.OverStarts.N)
			}
		})
	}
}

func TestSelftestLineWithoutSlicesThatCount(t *testing.T) {
	cells := selftestCells(12, func(*measuretest.Lab) {})
	for i := range cells {
		cells[i].Doubts = []measure.Doubt{{Reason: measure.IdleTier, Said: message.Text("the replica was busy 80 % of the " +
			"time")}}
	}
	l := SelftestLine(50*time.Millisecond, "session-memory", cells)
	if l.Valid != 0 || l.Of != 36 || l.Doubt != "IDLE-TIER: the replica was busy 80 % of the time" || l.Same.Why.IsZero() {
		t.Errorf("got %+v", l)
	}
	if got := Resolvable(l, plan.Demand{Rounds: 320, Launches: 6}); got != 0 {
		t.Errorf("resolves %v from nothing", got)
	}
}

func TestBestSlice(t *testing.T) {
	const second, short, shorter = time.Second, 50 * time.Millisecond, 20 * time.Millisecond
	between := func(low, high float64) stats.Estimate {
		return stats.Estimate{Center: (low + high) / 2, Low: low, High: high, N: 100}
	}
	line := func(slice time.Duration, same, other stats.Estimate) record.SliceLine {
		return record.SliceLine{Slice: slice, Same: same, Other: other}
	}
	few := stats.Estimate{
		Center: 1, Low: 1, High: 1, N: 4, Why: message.Say("estimate.too-few", "samples", 4, "needed", 6),
	}
	for _, test := range []struct {
		name  string
		lines []record.SliceLine
		want  time.Duration
	}{
		{"none", nil, 0},
		{"the narrowest", []record.SliceLine{
			line(second, between(0.9, 1.1), between(1.1, 1.3)), line(short, between(0.98, 1.01), between(1.21, 1.25)),
		}, short},
		{"not the narrowest, where it is not true", []record.SliceLine{
			line(short, between(0.98, 1.01), between(1.21, 1.25)), line(shorter, between(1.002, 1.024), between(1.20, 1.23)),
		}, short},
		{"none is true", []record.SliceLine{line(short, between(0.97, 0.99), between(1.21, 1.25))}, 0},
		{"none is known", []record.SliceLine{line(second, few, few)}, 0},
		{"what is not known is not the narrowest", []record.SliceLine{
			line(second, few, few), line(short, between(0.98, 1.01), between(1.21, 1.25)),
		}, short},
		{"not where most rounds do not count", []record.SliceLine{
			line(second, between(0.9, 1.1), between(1.1, 1.3)),
			{Slice: short, Rounds: 201, Same: between(0.98, 1.01), Other: between(1.21, 1.25)},
		}, second},
		{"the longer of two alike", []record.SliceLine{
			line(shorter, between(0.98, 1.01), between(1.2, 1.3)), line(short, between(0.98, 1.01), between(1.2, 1.3)),
		}, short},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := BestSlice(test.lines); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// TestResolvable asks the analysis itself: of many runs with a difference of that size, nine in ten must call it
// different.
func TestResolvable(t *testing.T) {
	if testing.Short() {
		t.Skip("many simulated runs are skipped with -short")
	}
	d := plan.Demand{Rounds: 60, Launches: 6}
	line := record.SliceLine{
		Rounds: 90, ByRound: 0.03 * math.Sqrt2, ByStart: 0.01 * math.Sqrt2,
		Same: stats.Estimate{N: 90},
	}
	least := Resolvable(line, d)
	const runs = 300
	found := 0
	for seed := range uint64(runs) {
		run := measuretest.Lab{
			Plan: fmt.Sprintf(selftestPlan, d.Rounds), Seed: seed, Noise: 0.03, Luck: 0.01, Interference: 0.1,
			Costs: map[string]float64{plan.Control: 40, plan.Twin: 40, "session-memory": 40 * (1 + least)},
		}.Run()
		if stats.Ratios(medians(againstControl("session-memory", run.Measurements)), 0).Excludes(1) {
			found++
		}
	}
	if rate := float64(found) / runs; rate < 0.85 || rate > 0.95 {
		t.Errorf("a difference of %.1f %% was found in %.0f %% of the runs, want about 90 %%", 100*least, 100*rate)
	}
	line.Same.N = 50
	if got := Resolvable(line, d); got <= least {
		t.Errorf("where half of the rounds count it resolves %v, where all do %v", got, least)
	}
	line.Same.N = 40
	if got := Resolvable(line, d); got != 0 {
		t.Errorf("where most rounds do not count it resolves %v, want nothing", got)
	}
	if got := Resolvable(line, plan.Demand{Rounds: 60, Launches: 1}); got != 0 {
		t.Errorf("one start resolves %v, want nothing", got)
	}
}
