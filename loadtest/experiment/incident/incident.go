// Package incident breaks the servers of all schemes in the same way at the same time, under load, and asks what their
// users notice: who is refused, who is admitted who should not be, for how long, and whether everything is as before
// once the fault is over.
//
// An incident is a row of Incidents: what it does, how it proves that it happened, and what each group of schemes may
// do. The verdict is held, broken or unknown. It is unknown where the load, the proof or the control is missing, so
// that no scheme holds for lack of a fault.
package incident

import (
	"context"
	"errors"
	"fmt"
	"sync"
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

// checkEvery is how often the balancers check the replicas here: as often as people configure it, while other
// experiments let them rest.
const checkEvery = 500 * time.Millisecond

func measure(ctx context.Context, b experiment.Bench) error {
	d, _ := plan.PartOf[*Part](b.Plan())
	for _, i := range d.Incidents() {
		if err := i.measure(ctx, b, d); err != nil {
			return fmt.Errorf("%s: %w", i.Name, err)
		}
	}
	return nil
}

// measure stands all schemes side by side, and lets the incident happen to all of them at once, several times.
func (i Incident) measure(ctx context.Context, b experiment.Bench, d *Part) (err error) {
	standing := map[string]servers{}
	defer func() {
		for _, s := range standing {
			s.Down()
		}
	}()
	for _, s := range d.Schemes(b.Plan()) {
		if why := i.Lacks(s); !why.IsZero() {
			if err := b.Keep(Line{Incident: i.Name, Arm: s.Name, Unable: why}); err != nil {
				return err
			}
			continue
		}
		stood, err := b.Stand(ctx, experiment.Setup{
			Scheme: s, Replicas: d.Replicas, Users: d.Times * (d.Users + watched), Flags: i.Flags,
			CheckEvery: checkEvery, Relayed: i.Relayed && s.Store,
		})
		if err != nil {
			return err
		}
		able, ok := stood.(servers)
		if !ok {
			stood.Down()
			return errors.New("these servers cannot be broken")
		}
		standing[s.Name] = able
	}
	for repetition := range d.Times {
		b.Doing(message.New("incident.doing", "incident", i.Title, "time", repetition+1, "times", d.Times))
		if err := i.once(ctx, b, d, standing, repetition); err != nil {
			return err
		}
	}
	return nil
}

// once is one repetition, of all schemes at once.
func (i Incident) once(
	ctx context.Context, b experiment.Bench, d *Part, standing map[string]servers, repetition int,
) error {
	var trials []*trial
	for _, s := range d.Schemes(b.Plan()) {
		on, ok := standing[s.Name]
		if !ok {
			continue
		}
		t := newTrial(d, i, s, on, repetition)
		if err := t.prepare(ctx); err != nil {
			return err
		}
		trials = append(trials, t)
	}
	errs := make([]error, len(trials))
	var running sync.WaitGroup
	for k, t := range trials {
		running.Go(func() { errs[k] = t.run(ctx) })
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, t := range trials {
		if err := b.Keep(t.line); err != nil {
			return err
		}
		if !t.line.Unable.IsZero() || t.line.Failed != "" { // its servers may be broken for good
			t.servers.Down()
			delete(standing, t.scheme.Name)
		}
	}
	return nil
}

func read(r *record.Run) []Line {
	lines, _ := record.Lines[Line](r, key) // what cannot be read, Complete tells
	return lines
}
