// Package delays asks how soon every replica refuses a login that was ended, in clusters without budgets or load.
package delays

import (
	"context"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Kind is the experiment.
var Kind = experiment.Kind{
	Part: func() plan.Part { return new(Part) }, Measure: measure, Complete: complete, Analyse: analyse,
}

// Line is a line of raw/delays.jsonl: how long one replica continued to take a login that had been ended.
type Line struct {
	Scheme string `json:"arm"`
	Nonce  string `json:"nonce"` // of the cluster
	record.Refusal
}

// measure ends logins in every scheme. Only one scheme runs at a time, so that nothing else can make its replicas wait.
func measure(ctx context.Context, b experiment.Bench) error {
	d, _ := plan.PartOf[*Part](b.Plan())
	for _, s := range d.schemes(b.Plan()) {
		ended, nonce, err := end(ctx, b, s, d)
		if err != nil {
			return err
		}
		for _, e := range ended {
			if err := b.Keep(Line{Scheme: s.Name, Nonce: nonce, Refusal: e}); err != nil {
				return err
			}
		}
	}
	return nil
}

func end(ctx context.Context, b experiment.Bench, s plan.Scheme, d *Part) ([]record.Refusal, string, error) {
	a, err := b.Stand(ctx, experiment.Setup{Scheme: s, Replicas: d.Replicas, Users: 1})
	if err != nil {
		return nil, "", err
	}
	defer a.Down()
	b.Doing(message.New("delays.doing", "scheme", s.Name))
	ended, err := a.EndLogins(ctx, d.Of(s))
	return ended, a.Nonce(), err
}

func read(r *record.Run) []Line {
	lines, _ := record.Lines[Line](r, key) // what cannot be read, Complete tells
	return lines
}

// complete checks the lines against the plan.
func complete(r *record.Run) []message.Message {
	d, _ := plan.PartOf[*Part](r.Plan)
	return experiment.Complete(r, key, message.New("delays.lines"), d.schemes(r.Plan),
		func(l Line) (string, int, int) { return l.Scheme, l.Trial, l.Replica },
		func(s plan.Scheme) int {
			if s.PerReplica {
				return d.Of(s)
			}
			return d.Of(s) * d.Replicas
		})
}
