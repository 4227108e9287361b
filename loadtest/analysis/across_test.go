package analysis

import (
	"strings"
	"testing"

	"authlab/loadtest/experiment/memory"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

const acrossPlan = `
name: bench
schemes: [session-memory, session-redis, token-hs256]
resolution: 0.05
demand: {slice: 50ms, rounds: 120, launches: 6, connections: 16}
scaling: {replicas: [1, 2, 4, 8], budget: 0.05, slice: 500ms, rounds: 12, connections: 32}
`

// session is a run of another hour: other interference, other luck, other noise.
func session(seed uint64, change func(*measuretest.Lab)) *Analysis {
	l := measuretest.Lab{
		Plan: acrossPlan, Seed: seed, Noise: 0.03, Interference: 0.15, Luck: 0.01,
		Costs: map[string]float64{
			"control": 40, "control-again": 40, "session-memory": 50, "session-redis": 70,
			"token-hs256": 55,
		},
	}
	if change != nil {
		change(&l)
	}
	return Compare(l.Run())
}

func across(t *testing.T, before, after *Analysis) *Across {
	t.Helper()
	x, err := AcrossRuns(before.Comparable(), after.Comparable())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestOneProgramDoesNotDiffer compares thirty runs of the same programs, each with the next.
func TestOneProgramDoesNotDiffer(t *testing.T) {
	different, of := 0, 0
	last := session(100, nil)
	for seed := range uint64(30) {
		next := session(101+seed, nil)
		x := across(t, last, next)
		n, all := x.Different()
		different, of, last = different+n, of+all, next
	}
	if of != 30*4 {
		t.Fatalf("only %d figures were compared", of)
	}
	if share := float64(different) / float64(of); share > 0.05 {
		t.Errorf("%d of %d figures of one and the same program are called different", different, of)
	}
}

// TestAnotherProgramDiffers makes session-redis cost a tenth more, beyond what the control costs.
func TestAnotherProgramDiffers(t *testing.T) {
	for seed := range uint64(10) {
		x := across(t, session(seed, nil), session(50+seed, func(l *measuretest.Lab) { l.Costs["session-redis"] *= 1.1 }))
		for _, c := range x.Changes {
			if c.Figure.Key == "figure.cost" && c.Scheme == "session-redis" &&
				(!c.Different || c.Ratio.Low > 1.1 || c.Ratio.High < 1.1) {
				t.Errorf("seed %d: a tenth dearer is %+v", seed, c)
			}
		}
	}
}

func TestRunsThatCannotBeCompared(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*Analysis)
		want  string
	}{
		"void": {func(a *Analysis) { a.Void = message.Say("run.killed") }, "bench cannot be compared: it is VOID"},
		"damaged": {func(a *Analysis) {
			a.Run.Damage = []message.Message{message.New("damage.checksum", "file", "raw/slices.jsonl")}
		}, "not what was measured"},
		"partial": {
			func(a *Analysis) { a.Partial.Message = message.Text("interrupted after 10s") },
			"did not come to its end (interrupted after 10s)",
		},
		"another store": {
			func(a *Analysis) { a.Run.Environment.Parts = []record.Part{{Role: "store", Name: "stored"}} },
			"stored is not redis-server",
		},
		"containers": {
			func(a *Analysis) { a.Run.Environment.Platform = "compose" },
			"different platforms, processes and compose",
		},
		"nothing": {func(a *Analysis) { a.Demand, a.Scaling = nil, nil }, "no figure in common"},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := session(1, nil), session(2, nil)
			test.spoil(after)
			_, err := AcrossRuns(before.Comparable(), after.Comparable())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestWhatElseDiffersIsSaid(t *testing.T) {
	before, after := session(1, nil), session(2, nil)
	w := across(t, before, after).Warnings
	if len(w) > 1 || len(w) == 1 && !strings.Contains(w[0].String(), "the plans have one name") {
		t.Errorf("two runs of one commit on one machine: %q", w)
	}
	after.Run.Environment.CPU, after.Run.Environment.Commit, after.Run.Environment.Dirty = "another", "another", true
	after.Run.Plan.Users = 7
	after.Scaling[len(after.Scaling)-1].Budget = 0.1
	after.Demand = after.Demand[:len(after.Demand)-1]
	x := across(t, before, after)
	all := strings.Join(message.Texts(x.Warnings), "; ")
	for _, want := range []string{
		"the CPU differs", "then another", "the commit differs", "changes that are in no commit",
		"the plans have one name and differ",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in %q", want, all)
		}
	}
	const cost, growth = "cost ÷ control of token-hs256", "answers/s, 8 replicas ÷ 1 of token-hs256"
	if alone := strings.Join(message.Texts(x.Alone), "; "); alone != cost+"; "+growth {
		t.Errorf("not compared: %q", alone)
	}
	x = across(t, after, before) // what the later run alone has is said too
	if alone := strings.Join(message.Texts(x.Alone), "; "); alone != cost+"; "+growth && alone != growth+"; "+cost {
		t.Errorf("the other way round, not compared: %q", alone)
	}
}

// TestAClusterOfOneStartDecidesNothing, however much more it answered: 8 replicas of a slow first one look like many.
func TestAClusterOfOneStartDecidesNothing(t *testing.T) {
	before, after := session(1, nil), session(2, nil)
	for i := range after.Scaling {
		s := &after.Scaling[i].Speedup
		s.Center, s.Low, s.High = 2*s.Center, 2*s.Low, 2*s.High
	}
	shown := 0
	for _, c := range across(t, before, after).Changes {
		if c.Once {
			shown++
		}
		if c.Different {
			t.Errorf("%+v", c)
		}
	}
	if shown != 3*5 {
		t.Errorf("%d figures of scaling are shown", shown)
	}
}

// TestARoundIsNotAStart: with one start a difference is shown and none is claimed.
func TestARoundIsNotAStart(t *testing.T) {
	once := func(l *measuretest.Lab) { l.Plan = strings.Replace(l.Plan, "launches: 6", "launches: 1", 1) }
	x := across(t, session(1, once), session(2, func(l *measuretest.Lab) { once(l); l.Costs["session-redis"] *= 2 }))
	for _, c := range x.Changes {
		if c.Figure.Key == "figure.cost" && (c.Different || c.Ratio.Why.IsZero()) {
			t.Errorf("one start each, and %+v", c)
		}
	}
}

// TestWhatALoginTakesIsCompared: a store that holds half as much again for a login is called different, and nothing
// else is.
func TestWhatALoginTakesIsCompared(t *testing.T) {
	of := func(seed uint64, share float64) *Analysis {
		run := measuretest.Lab{Plan: strings.Replace("name: mine\nschemes: [session-redis, token-hs256]\nmemory: {logins: "+
			"[1000, 10000, 100000], beyond: 1000000, starts: 6}\n", "memory:", "users: 100\nlogins: {starts: 6, logins: 100, "+
			"passwords: 8, rate: 200, storm: 4, window: 1s}\nmemory:", 1), Seed: seed, Costs: costly}.Run()
		measuretest.Edit(run, "memory", func(f *memory.Footprint) {
			if f.Store != nil {
				held := int64(float64(*f.Store) * share)
				f.Store = &held
			}
		})
		return Compare(run)
	}
	x := across(t, of(1, 1), of(2, 1.5))
	n, all := x.Different()
	if n != 1 || all != 7 { // two rows: two ratios and a replica's bytes each, and a store's of one
		t.Errorf("%d of %d are different: %+v; %v", n, all, x.Changes, x.Alone)
	}
	for _, c := range x.Changes {
		if c.Different != (c.Figure.Key == "memory.figure-store") {
			t.Errorf("%s of %s: different %v, %+v", c.Figure, c.Scheme, c.Different, c.Ratio)
		}
	}
}
