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
	h := &house{bench: b, part: d, standing: map[string]*tenant{}}
	defer h.empty()
	for _, i := range d.order() {
		if err := h.measure(ctx, i); err != nil {
			return fmt.Errorf("%s: %w", i.Name, err)
		}
	}
	return nil
}

// measure stands all schemes side by side, and lets the incident happen to all of them at once, several times.
func (h *house) measure(ctx context.Context, i Incident) error {
	for _, s := range h.schemes() {
		if why := i.Lacks(s); !why.IsZero() {
			if err := h.bench.Keep(Line{Incident: i.Name, Scheme: s.Name, Unable: why}); err != nil {
				return err
			}
		}
	}
	if err := h.prepare(ctx, i); err != nil {
		return err
	}
	if i.Name == Calm { // the first
		if err := h.rehearse(ctx); err != nil {
			return err
		}
	}
	fit := map[string]bool{}
	for _, s := range h.schemes() {
		fit[s.Name] = i.Lacks(s).IsZero()
	}
	for repetition := range h.part.Times {
		h.bench.Doing(message.New("incident.doing", "incident", i.Title, "time", repetition+1, "times", h.part.Times))
		trials, err := h.once(ctx, i, fit, repetition)
		if err == nil && h.wasted(trials) {
			if err = h.keep(trials, fit); err != nil {
				return err
			}
			h.bench.Doing(message.New("incident.again", "incident", i.Title, "time", repetition+1))
			trials, err = h.once(ctx, i, fit, repetition)
		}
		if err != nil {
			return err
		}
		if err := h.keep(trials, fit); err != nil {
			return err
		}
	}
	return nil
}

// once is one repetition, of all schemes at once that are fit for it.
func (h *house) once(ctx context.Context, i Incident, fit map[string]bool, repetition int) ([]*trial, error) {
	var trials []*trial
	for _, s := range h.schemes() {
		if !fit[s.Name] {
			continue
		}
		on := h.standing[s.Name]
		worn := on.used > 0
		t := newTrial(h.part, i, s, on.servers, on.next(h.part), repetition)
		err := t.prepare(ctx)
		switch {
		case err == nil:
			trials = append(trials, t)
		case !worn || ctx.Err() != nil:
			return nil, err
		default: // what was broken before did not come back: that ends no other scheme's incident
			t.line.Failed = err.Error()
			if err := h.keep([]*trial{t}, fit); err != nil {
				return nil, err
			}
		}
	}
	errs := make([]error, len(trials))
	var running sync.WaitGroup
	for k, t := range trials {
		running.Go(func() { errs[k] = t.run(ctx) })
	}
	running.Wait()
	return trials, errors.Join(errs...)
}

// keep keeps the lines of trials. A scheme whose servers are broken for good has no further repetitions.
func (h *house) keep(trials []*trial, fit map[string]bool) error {
	for _, t := range trials {
		if err := h.bench.Keep(t.line); err != nil {
			return err
		}
		if !t.line.Unable.IsZero() || t.line.Failed != "" {
			h.leave(t.scheme.Name)
			fit[t.scheme.Name] = false
		}
		if t.line.Leaked { // the next incident is not to pay for it
			h.spoil(t.scheme.Name)
		}
	}
	return nil
}

func read(r *record.Run) []Line {
	lines, _ := record.Lines[Line](r, key) // what cannot be read, Complete tells
	return lines
}
