package replay

import (
	"context"
	"testing"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

const replaying = "name: mine\nusers: 100\nschemes: [session-redis, token-hs256, session-near, session-postgres]\n" +
	"replay: {slice: 50ms, rounds: 3, starts: 2, connections: 64, lanes: 8}\n"

func finished(b *experimenttest.Bench) *record.Run {
	r := &record.Run{Plan: b.Plan(), Events: []record.Event{{Kind: record.Finished}}}
	for _, line := range b.Kept {
		r.Add(key, line)
	}
	return r
}

// TestMeasure: only a scheme whose requests ask a Redis is measured, and each replay has batches as large as the
// replica's before it.
func TestMeasure(t *testing.T) {
	b := experimenttest.Run(t, Kind, replaying)
	r := finished(b)
	for i, line := range b.Kept {
		l := line.(Line)
		if l.Start != i/3 || l.Round != i%3 || l.Scheme != "session-redis" || l.Nonce == "" ||
			depth(l.Replica.Asked) != 2 || depth(l.Store.Asked) != 2 || l.Recorded.Commands != l.Recorded.Served {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	if damage := Kind.Complete(r); len(b.Kept) != 6 || damage != nil {
		t.Errorf("%d lines: %v", len(b.Kept), damage)
	}
	for _, s := range b.Stood {
		if !s.Apart || s.Users != 100 || s.Replicas != 1 {
			t.Errorf("%+v stood", s)
		}
	}
	b.Kept = b.Kept[1:]
	if damage := Kind.Complete(finished(b)); len(damage) != 1 {
		t.Errorf("a round is missing: %v", damage)
	}
}

// unable is a bench whose servers cannot make a tape.
type unable struct{ *experimenttest.Bench }

func (u unable) Stand(ctx context.Context, s experiment.Setup) (experiment.Servers, error) {
	servers, err := u.Bench.Stand(ctx, s)
	return untaped{servers}, err
}

type untaped struct{ experiment.Servers }

func (untaped) Tape(context.Context, int, time.Duration, int) (experiment.Tape, error) {
	return nil, experiment.Unable{Why: message.New("unable.foreign-store")}
}

// TestUnable: a store that cannot be recorded ends no run. The report says why there is no figure, and the run is
// complete.
func TestUnable(t *testing.T) {
	b := experimenttest.New(t, Kind, replaying, "")
	if err := Kind.Measure(t.Context(), unable{b}); err != nil {
		t.Fatal(err)
	}
	r := finished(b)
	if damage := Kind.Complete(r); len(b.Kept) != 2 || damage != nil {
		t.Errorf("%d lines: %v", len(b.Kept), damage)
	}
	for _, c := range Kind.Analyse(r).(*Findings).Carried {
		if lacks := !c.Withheld.IsZero(); lacks != (c.Name == "session-redis") || c.Replicas.Known() {
			t.Errorf("%+v", c)
		}
	}
}
