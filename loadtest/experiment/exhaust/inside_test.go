package exhaust

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

const insideOnly = "name: mine\nschemes: [token-hs256]\nseed: 7\nexhaust: {drains: [valid-again], starts: 6, " +
	"turns: 1, slice: 30ms, connections: 1, inside: [strict-parsing, same-origin, guessing], rounds: 5}\n"

// inProcess is a run whose calls of a defence take as many ns as arms says of a start and round.
func inProcess(t *testing.T, arms func(start, round int) (with, without, again float64)) *record.Run {
	t.Helper()
	p, err := plan.Parse("mine.yaml", []byte(insideOnly), Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	r := &record.Run{Plan: p}
	calls := func(ns float64) experiment.Calls {
		return experiment.Calls{N: 1000, CPU: time.Duration(1000 * ns)}
	}
	for start := range 6 {
		for round := range 5 {
			with, without, again := arms(start, round)
			r.Add(key, Line{
				Start: start, Scheme: Inside, What: "same-origin", Turn: round,
				Inside: &experiment.Arms{With: calls(with), Without: calls(without), Again: calls(again)},
			})
		}
	}
	return r
}

// TestPricesInside: a price that was planted is found within its interval, whatever the machine does to whole rounds;
// and what does not go beyond the noise of the A/A is called no price.
func TestPricesInside(t *testing.T) {
	noise := func(random *rand.Rand, ns float64) float64 { return ns * (1 + 0.02*random.NormFloat64()) }
	for name, test := range map[string]struct {
		planted float64 // ns
		again   float64 // by which the A/A differs in all starts
		drift   func(start, round int) float64
		told    bool
	}{
		"a price":  {planted: 300, told: true},
		"a saving": {planted: -300, told: true},
		"none":     {},
		"a price in a machine that slows": {
			planted: 300, told: true, drift: func(start, round int) float64 { return 1 + float64(start+round)/20 },
		},
		"no more than the A/A differs by": {planted: 100, again: 200},
		"no less than the A/A differs by": {planted: -100, again: -200},
		"more than the A/A differs by":    {planted: 900, again: 200, told: true},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			run := inProcess(t, func(start, round int) (with, without, again float64) {
				slow := 1.0
				if test.drift != nil {
					slow = test.drift(start, round)
				}
				return slow * noise(random, 2000+test.planted+test.again/2), slow * noise(random, 2000),
					slow * noise(random, 2000+test.again)
			})
			c, ok := Kind.Analyse(run).(*Findings).of(Inside, "same-origin", 0)
			if !ok || c.Noise == nil || c.Added.N != 6 || !c.Why.IsZero() {
				t.Fatalf("%+v", c)
			}
			want := test.planted / 1e3
			if test.drift != nil {
				want *= 1 + 4.5/20 // the mean of all rounds
			}
			if c.Added.Low > want || c.Added.High < want {
				t.Errorf("it adds %+v µs, which misses the %g that were planted", c.Added, want)
			}
			if told(c) != test.told || strings.HasPrefix(added(c), "~ ") == test.told {
				t.Errorf("%s, A/A %+v: told %t, want %t", added(c), *c.Noise, told(c), test.told)
			}
		})
	}
}

// TestCollectionsCount: what the garbage collector takes in few rounds is a part of the price.
func TestCollectionsCount(t *testing.T) {
	run := inProcess(t, func(_, round int) (with, without, again float64) {
		if round == 3 {
			return 7000, 2000, 2000
		}
		return 2000, 2000, 2000
	})
	if c, _ := Kind.Analyse(run).(*Findings).of(Inside, "same-origin", 0); math.Abs(c.Added.Center-1) > 1e-9 || !told(c) {
		t.Errorf("5 µs in one of five rounds add %+v µs", c.Added)
	}
}

// TestFewStartsTellNothing: without an interval there is no price, and a slice without calls shows none.
func TestFewStartsTellNothing(t *testing.T) {
	for name, test := range map[string]struct {
		starts int
		with   float64
	}{"five starts": {5, 3000}, "no CPU": {6, 0}} {
		run := inProcess(t, func(start, _ int) (with, without, again float64) {
			if start >= test.starts {
				return 0, 0, 0
			}
			return test.with, 2000, 2000
		})
		lines, _ := record.Lines[Line](run, key)
		few := &record.Run{Plan: run.Plan}
		for _, l := range lines {
			if l.Start < test.starts {
				few.Add(key, l)
			}
		}
		f := Kind.Analyse(few).(*Findings)
		c, ok := f.of(Inside, "same-origin", 0)
		if !ok || told(c) || (c.Why.IsZero() == (test.with == 0)) || len(f.notes()) != map[bool]int{true: 1}[test.with == 0] {
			t.Errorf("%s: %+v, %d notes", name, c, len(f.notes()))
		}
	}
}

// TestInsideIsMeasured: each start asks for its rounds, whose lines are complete; a plan that does not ask has none,
// and then the report says that there is no price.
func TestInsideIsMeasured(t *testing.T) {
	f := newField(t, insideOnly)
	f.measure(t)
	if damage := Kind.Complete(f.run()); damage != nil {
		t.Error(damage)
	}
	section := f.findings().Section()
	if got := len(section.Tables[len(section.Tables)-1].Rows); got != 3 {
		t.Errorf("the table has %d rows, want 3", got)
	}
	if f.findings().Limits() == nil {
		t.Error("what is measured in process has no limits")
	}
	f.lines = f.lines[1:] // of what runs in process
	if damage := Kind.Complete(f.run()); len(damage) != 1 {
		t.Errorf("a round that is missing: %v", damage)
	}
	f = newField(t, insideOnly)
	f.fail = "Hop"
	if err := Kind.Measure(t.Context(), f); err == nil || f.up != 0 || len(f.lines) != 0 {
		t.Errorf("where nothing runs in process: %v, %d servers, %d lines", err, f.up, len(f.lines))
	}
	without := newField(t, everything(1))
	without.measure(t)
	if l := without.findings().Limits(); l != nil {
		t.Errorf("limits of what was not measured: %v", l)
	}
	notes := without.findings().Section().Notes
	if len(notes) == 0 || notes[0].Key != "exhaust.note-always" {
		t.Errorf("a run without them says %v", notes)
	}
}
