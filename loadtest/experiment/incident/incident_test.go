package incident_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

const text = "name: mine\nschemes: [session-redis, token-hs256]\nincident: {faults: [store-down], replicas: 2, " +
	"users: 100, rate: 300, before: 4s, fault: 2s, after: 4s, times: 3}\n"

// recorded is a finished run with the lines that a bench kept.
func recorded(b *experimenttest.Bench) *record.Run {
	r := &record.Run{Plan: b.Plan(), Events: []record.Event{{Kind: record.Finished}}}
	for _, line := range b.Kept {
		r.Add("incident", line)
	}
	return r
}

func found(r *record.Run) []incident.Cell { return incident.Kind.Analyse(r).(*incident.Findings).Cells }

func cellOf(t *testing.T, r *record.Run, name, scheme string) incident.Cell {
	t.Helper()
	cells := found(r)
	i := slices.IndexFunc(cells, func(c incident.Cell) bool { return c.Incident == name && c.Name == scheme })
	if i < 0 {
		t.Fatalf("nothing is known of %s and %s", name, scheme)
	}
	return cells[i]
}

// TestMeasure: all schemes go through the calm and the incident, three times each, and the servers that answer as they
// should hold. Time is the bubble's own.
func TestMeasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := experimenttest.Run(t, incident.Kind, text)
		if len(b.Kept) != 2*3*3 {
			t.Fatalf("%d lines, want those of 2 incidents, 3 schemes and 3 repetitions", len(b.Kept))
		}
		if l := b.Kept[0].(incident.Line); l.Load.Relay == 0 {
			t.Error("how late the relay was is not kept")
		}
		r := recorded(b)
		if said := incident.Kind.Analyse(r).(*incident.Findings).Unresolved(); !said.IsZero() {
			t.Errorf("nothing is unknown: %v", said)
		}
		if damage := incident.Kind.Complete(r); damage != nil {
			t.Errorf("a complete run: %v", damage)
		}
		for _, c := range found(r) {
			if c.Verdict != incident.Held {
				t.Errorf("%s, %s: %s, %v", c.Incident, c.Name, c.Verdict, c.Why)
			}
		}
		c := cellOf(t, r, "store-down", "session-redis")
		if w := c.Worst; w.Failed == 0 || w.Refused > 0 || w.Lost > 0 || w.Longest == 0 || w.Noticed < 0 ||
			w.Logouts.Done > 0 || w.Logouts.Tried == 0 {
			t.Errorf("the store was down: %+v", w)
		}
		if w := cellOf(t, r, "store-down", "token-hs256").Worst; w.Failed > 0 || w.Admitted == 0 {
			t.Errorf("a token works after its logout, whatever the store does: %+v", w)
		}
	})
}

// TestAFaultThatCannotBeMade: a step that fails is no fault, so nothing is known, and the scheme rests.
func TestAFaultThatCannotBeMade(t *testing.T) {
	for _, step := range []string{"Kill", "Restart", "AskStore"} {
		synctest.Test(t, func(t *testing.T) {
			b := experimenttest.New(t, incident.Kind, text, step)
			if err := incident.Kind.Measure(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			r := recorded(b)
			if c := cellOf(t, r, "store-down", "session-redis"); c.Verdict != incident.Unknown || c.Times != 1 {
				t.Errorf("where %s fails, the verdict is %s after %d times", step, c.Verdict, c.Times)
			}
			if c := cellOf(t, r, "store-down", plan.Control); c.Verdict != incident.Held {
				t.Errorf("the control has no store: %s, %v", c.Verdict, c.Why)
			}
			if damage := incident.Kind.Complete(r); damage != nil {
				t.Errorf("nothing is missing: %v", damage)
			}
		})
	}
}

// TestAFaultThatLasts: users who cannot sign in after a fault end the incident for their scheme, and no run.
func TestAFaultThatLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := experimenttest.New(t, incident.Kind, text, "SignIn")
		b.Spares = 3 + 3*3 + 1 // the rehearsal, the calm, and the control in the first repetition
		if err := incident.Kind.Measure(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		r := recorded(b)
		for _, c := range found(r) {
			if held := c.Incident == incident.Calm; held != (c.Verdict == incident.Held) {
				t.Errorf("%s, %s: %s, %v", c.Incident, c.Name, c.Verdict, c.Why)
			}
		}
		if damage := incident.Kind.Complete(r); damage != nil {
			t.Errorf("nothing is missing: %v", damage)
		}
	})
}

// TestIncidentsShareServers: servers start once for each kind that incidents need, the calm comes first, and servers
// that were broken for good are replaced.
func TestIncidentsShareServers(t *testing.T) {
	const shared = "name: mine\nschemes: [session-redis, token-hs256]\nincident: {faults: [rolling-restart, store-slow, " +
		"store-down, store-hangs], replicas: 2, users: 100, rate: 300, before: 4s, fault: 2s, after: 4s, times: 3}\n"
	for step, starts := range map[string]int{
		"":       2*3 + 1, // control and tokens have no store that could be moved away
		"Resume": 2*3 + 1, // session-redis does not come back, and store-hangs is its last
		"Kill":   2*3 + 2, // it is replaced for store-hangs
	} {
		synctest.Test(t, func(t *testing.T) {
			b := experimenttest.New(t, incident.Kind, shared, step)
			if err := incident.Kind.Measure(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if first := b.Kept[0].(incident.Line).Incident; first != incident.Calm || len(b.Stood) != starts {
				t.Errorf("where %q fails, %d servers were started, want %d, and %s was the first incident", step, len(b.Stood),
					starts, first)
			}
		})
	}
}
