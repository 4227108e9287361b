package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// run is one run of a plan: the only place that knows the sequence of the stages.
type run struct {
	plan     *plan.Plan
	lab      *cluster.Lab // nil: the servers are not the lab's
	folder   *folder
	cpus     []int // the cores the lab may use, at least two
	began    time.Time
	costs    plan.Costs // as predicted
	learned  learned
	measured int // slices
	progress *progress
}

// measure visits the stages in order. It ends early with the reason when the context is cancelled, a child dies or a
// result cannot be written.
func (r *run) measure(ctx context.Context, o options) error {
	ctx, cancel := aliveOnly(ctx, r.lab)
	defer cancel()

	e := environment(ctx, r, o)
	var err error
	if e.Selftest, err = r.selftest(ctx); err == nil {
		err = measure.WriteEnvironment(r.folder.path, e)
	}
	if err == nil {
		err = r.leaveOut(ctx)
	}
	if err == nil {
		err = r.stages(ctx)
	}
	return r.end(ctx, err)
}

// end notes how a run ended, and why.
func (r *run) end(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause // what the stage saw is only a consequence: a refused connection, a cancelled slice
	}
	last := measure.Event{Kind: measure.Finished, Sentence: "the run came to its end after " + brief(time.Since(r.began))}
	switch {
	case errors.Is(err, context.Canceled):
		last = measure.Event{Kind: measure.Interrupted, Sentence: "interrupted after " + brief(time.Since(r.began))}
	case err != nil:
		last = measure.Event{Kind: measure.Failed, Sentence: firstLine(err)}
	}
	return errors.Join(err, r.folder.event(last))
}

func (r *run) stages(ctx context.Context) error {
	for _, part := range r.lab.Parts() {
		if part.Embedded && part.Instead != "" {
			if err := r.folder.event(measure.Event{Kind: measure.Skipped, Arm: part.Role, Sentence: fmt.Sprintf(
				"no real %s was found: %s stands in for it", part.Role, part.Name), Provide: part.Instead}); err != nil {
				return err
			}
		}
	}
	stages := map[string]func(context.Context) error{
		"demand": r.demand, "ladder": r.ladder, "tiers": r.tiers, "scaling": r.scaling, "latency": r.latency, "capacity": r.capacity, "delays": r.delays, "memory": r.memory, "logins": r.logins,
	}
	for _, s := range r.plan.Predict(r.costs) {
		r.progress.begin(s)
		if err := stages[s.Name](ctx); err != nil {
			return fmt.Errorf("stage %s: %w", s.Name, err)
		}
	}
	return nil
}

// accessTTL outlives the run: expiry is an experiment of its own.
func (r *run) accessTTL() time.Duration {
	return max(time.Hour, 4*r.plan.Duration(r.costs))
}

// direct is no frontend: replica 0 itself is visited.
var direct cluster.Front

// visit sends one slice of closed-loop load through a frontend over the cell's replicas, and keeps its row.
func (r *run) visit(ctx context.Context, a *arm, cell load.Cell, front cluster.Front, o load.ClosedOptions) (load.Row, error) {
	target, err := r.target(a, front)
	if err != nil {
		return load.Row{}, err
	}
	o.Meters = load.Meters(a.cluster, cell)
	row, err := load.Closed(ctx, cell, target, o)
	if err != nil {
		return row, err
	}
	a.served += row.Served
	return row, r.keep(ctx, row)
}

// target returns the arm's target behind a front, made with the first visit.
func (r *run) target(a *arm, front cluster.Front) (*load.Target, error) {
	if t, ok := a.targets[front]; ok {
		return t, nil
	}
	base, replicas := a.cluster.Direct(0), 1
	if front != direct {
		base, replicas = a.cluster.Front(front), front.Size
	}
	t, err := load.NewTarget(base, "/v1/me", a.cluster.Nonce(), front.First, replicas, a.at(front), r.plan.Seed)
	if err == nil {
		a.targets[front] = t
	}
	return t, err
}

// keep appends a row to the raw file, unless the context ended while it was measured: such a slice was cut short.
func (r *run) keep(ctx context.Context, row load.Row) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := r.folder.writer.Append(row); err != nil {
		return err
	}
	r.measured++
	r.learned.slice(row)
	r.progress.slice(row)
	return nil
}
