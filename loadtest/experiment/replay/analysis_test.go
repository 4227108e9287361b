package replay_test

import (
	"math"
	"strings"
	"testing"

	"authlab/loadtest/experiment/replay"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
)

// carried is what the kind finds in a run.
func carried(run *measure.Run) []replay.Carried {
	return replay.Kind.Analyse(&run.Run).(*replay.Findings).Carried
}

func lab() measuretest.Lab {
	return measuretest.Lab{
		Plan: "name: mine\nschemes: [session-redis, token-denylist, session-near, token-hs256]\nreplay: {slice: 50ms, " +
			"rounds: 9, starts: 6, connections: 64, lanes: 8}\n",
		Seed: 1, Costs: map[string]float64{"session-redis": 48, "token-denylist": 60}, Store: 6,
		Noise: 0.05, Interference: 0.1, Luck: 0.03,
	}
}

// TestCarriedFindsTheTruth: 48 µs in the replica and 6 in the store are 8 replicas, although the machine's speed
// changes from round to round. Schemes whose requests do not ask the store fill none.
func TestCarriedFindsTheTruth(t *testing.T) {
	all := carried(lab().Run())
	if len(all) != 3 {
		t.Fatalf("%d rows", len(all))
	}
	for i, want := range []float64{8, 10} {
		c := all[i]
		if r := c.Replicas; r.Low > want || r.High < want || !r.Why.IsZero() || r.N != 6 || r.Width() > 0.1 {
			t.Errorf("%s: %+v, want %g", c.Name, r, want)
		}
		if math.Abs(c.Rate.Center*c.Store.Center-1e6) > 1e-3 || c.Rate.Low > c.Rate.Center || len(c.Doubts) > 0 {
			t.Errorf("%+v", c)
		}
		if c.Commands != float64(i+1) || math.Abs(c.Depth-6) > 0.1 {
			t.Errorf("%s: %g commands a request, %g a read", c.Name, c.Commands, c.Depth)
		}
	}
	if near := all[2]; near.Name != "session-near" || !near.AsksNone || near.Replicas.Known() {
		t.Errorf("%+v", near)
	}
}

// lies are rounds in which the replay did not do what it claims, or was not measured as it should be.
var lies = []struct {
	name string
	lie  func(*replay.Line)
	want string
}{
	// The cheapest lie: keys that are gone are answered with nothing, for half of the CPU.
	{"keys are gone", func(l *replay.Line) { l.Store.Asked.Found = 0; l.Store.CPU /= 2 }, "found 0.00 keys"},
	{"some keys are gone", func(l *replay.Line) { l.Store.Asked.Found -= l.Store.Asked.Found / 20 }, "found 0.95 keys"},
	{"errors", func(l *replay.Line) { l.Store.Failed = l.Store.Commands }, "with an error"},
	{"larger batches", func(l *replay.Line) { l.Store.Asked.Reads /= 2 }, "12.0 commands of the replay at a time"},
	{"no batches", func(l *replay.Line) { l.Store.Asked.Reads = l.Store.Asked.Commands }, "1.0 commands"},
	{"commands that the store did not get", func(l *replay.Line) { l.Store.Commands *= 2 }, "the store counted"},
	{"half of a request", func(l *replay.Line) { l.Recorded.Commands /= 2 }, "by the scheme's design"},
	{"a replica that asks twice", func(l *replay.Line) { l.Replica.Asked.Commands *= 2 }, "asked 2.00 times"},
	{"forgotten users", func(l *replay.Line) { l.Replica.OK /= 2 }, "answered as the users' own"},
	{"forgotten users in the recording", func(l *replay.Line) { l.Recorded.OK = 0 }, "answered as the users' own"},
	{"an idle store", func(l *replay.Line) { l.Store.CPU = l.Store.Elapsed * 94 / 100 }, "IDLE-TIER: the store"},
	{"an idle replica", func(l *replay.Line) { l.Replica.CPU = l.Replica.Elapsed * 94 / 100 }, "IDLE-TIER: the replica"},
	{"nothing", func(l *replay.Line) {
		*l = replay.Line{Scheme: l.Scheme, Start: l.Start, Round: l.Round}
	}, "no requests"},
	{"no answers", func(l *replay.Line) { l.Store.Commands, l.Store.Asked.Commands = 0, 0 }, "no requests"},
	{"time that runs backwards", func(l *replay.Line) { l.Store.CPU = -l.Store.CPU }, "no requests"},
}

// TestLies: a round with a lie does not count, and a scheme with lies in most rounds has no figure.
func TestLies(t *testing.T) {
	for _, l := range lies {
		few, most := lab().Run(), lab().Run()
		measuretest.Edit(few, "replay", func(x *replay.Line) {
			if x.Scheme == "session-redis" && x.Round < 2 {
				l.lie(x)
			}
		})
		measuretest.Edit(most, "replay", func(x *replay.Line) {
			if x.Scheme == "session-redis" && x.Round < 5 {
				l.lie(x)
			}
		})
		truth, some, none := carried(lab().Run()), carried(few)[0], carried(most)[0]
		if len(some.Doubts) != 1 || some.Doubts[0].Rounds != 12 || !strings.Contains(some.Doubts[0].Why.String(), l.want) ||
			math.Abs(some.Replicas.Center/truth[0].Replicas.Center-1) > 0.05 {
			t.Errorf("%s, in some rounds: %+v", l.name, some)
		}
		if none.Replicas.Known() || none.Store.Known() || none.Withheld.String() != "only 24 of 54 rounds count" {
			t.Errorf("%s, in most rounds: %+v", l.name, none)
		}
		if other := carried(most)[1]; other.Replicas.Interval() != truth[1].Replicas.Interval() {
			t.Errorf("%s changes the other row: %+v", l.name, other)
		}
	}
}

// TestFewStarts: without six starts there is a figure, and no interval.
func TestFewStarts(t *testing.T) {
	l := lab()
	l.Plan = strings.Replace(l.Plan, "starts: 6", "starts: 2", 1)
	if r := carried(l.Run())[0].Replicas; r.Why.IsZero() || r.Low != r.High || r.N != 2 {
		t.Errorf("%+v", r)
	}
}
