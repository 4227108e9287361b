// Package memory asks how much a replica and the store hold for a number of logins: one login of each user, at one
// replica without a budget.
package memory

import (
	"context"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Kind is the experiment.
var Kind = experiment.Kind{
	Part: func() plan.Part { return new(Part) }, Measure: measure, Complete: complete, Analyse: analyse,
}

// Footprint is a line of raw/memory.jsonl: what one replica and its store held when a number of users were signed in.
type Footprint struct {
	Start    int    `json:"start"` // which start of the servers
	Scheme   string `json:"arm"`
	Nonce    string `json:"nonce"` // of the cluster
	Logins   int    `json:"logins"`
	LiveHeap uint64 `json:"live_heap_bytes"`       // that the replica's collector found alive, at most a twentieth ago
	Resident int64  `json:"resident_bytes"`        // of the replica's memory, garbage and program included
	Store    *int64 `json:"store_bytes,omitempty"` // by its own count; absent where there is none, or it does not tell
	// Asked is how many requests of these users were sent before the reading, and Known how many got the user's own
	// answer.
	Asked uint64 `json:"asked"`
	Known uint64 `json:"known"`
}

// collectOften makes the replicas' collectors run whenever the heap has grown by a twentieth, without the ballast that
// otherwise keeps their pace alike. What the last collection found alive is then right to within a twentieth.
const collectOften = 5

// connections is how many connections use the logins: enough to keep a replica busy.
const connections = 16

// measure signs in more and more users at every scheme, and reads what its replica and its store hold.
func measure(ctx context.Context, b experiment.Bench) error {
	m, _ := plan.PartOf[*Part](b.Plan())
	for start := range m.Starts {
		for _, s := range b.Plan().LoginSchemes() {
			if err := fill(ctx, b, m, s, start); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill reads one scheme at one start of its servers.
func fill(ctx context.Context, b experiment.Bench, m *Part, s plan.Scheme, start int) error {
	began, most := time.Now(), m.Logins[len(m.Logins)-1]
	a, err := b.Stand(ctx, experiment.Setup{
		Scheme: s, Replicas: 1, Users: most, Flags: []string{"--ballast=0"},
		Collect: collectOften,
	})
	if err != nil {
		return err
	}
	defer a.Down()
	in := 0
	for _, n := range m.Logins {
		b.Doing(message.New("memory.doing", "users", n, "scheme", s.Name))
		if err := a.SignIn(ctx, n-in); err != nil {
			return err
		}
		in = n
		f, err := footprint(ctx, a, n)
		if err != nil {
			return err
		}
		f.Start, f.Scheme, f.Nonce, f.Logins = start, s.Name, a.Nonce(), n
		if err := b.Keep(f); err != nil {
			return err
		}
	}
	b.Filled((time.Since(began) - time.Duration(len(m.Logins))*Pause) / time.Duration(most))
	return nil
}

// footprint uses every login until the collector has seen which are held, and reads how much is held.
func footprint(ctx context.Context, a experiment.Servers, logins int) (f Footprint, err error) {
	for served := uint64(0); served < uint64(logins) && ctx.Err() == nil; { // the servers go through them in turn
		slice, err := a.Saturate(ctx, connections, Pause)
		if err != nil {
			return f, err
		}
		served, f.Asked, f.Known = served+slice.Served, f.Asked+slice.Sent, f.Known+slice.Verdicts[record.OK]
	}
	held, err := a.Held(ctx)
	if err != nil {
		return f, err
	}
	f.LiveHeap, f.Resident, f.Store = held.LiveHeap, held.Resident, held.Store
	return f, ctx.Err()
}

func read(r *record.Run) []Footprint {
	lines, _ := record.Lines[Footprint](r, key) // what cannot be read, Complete tells
	return lines
}

// complete checks the lines against the plan.
func complete(r *record.Run) []message.Message {
	m, _ := plan.PartOf[*Part](r.Plan)
	return experiment.Complete(r, key, message.New("memory.lines"), r.Plan.LoginSchemes(),
		func(f Footprint) (string, int, int) { return f.Scheme, f.Start, f.Logins },
		func(plan.Scheme) int { return m.Starts * len(m.Logins) })
}
