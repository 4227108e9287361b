package run

import (
	"context"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// latency sends fixed rates, well below capacity, to clusters without budgets. With a budget, most of the latency
// measured below saturation would be the budget's period.
func (r *Run) latency(ctx context.Context) error {
	l := r.plan.Latency
	deployments, down, err := r.stand(ctx, r.plan.LatencySchemes(), alike(cluster.Spec{
		Replicas: l.Replicas, Fronts: cluster.Over(l.Replicas),
	}))
	if err != nil {
		return err
	}
	defer down()
	for _, d := range deployments {
		if err := r.warm(ctx, d, cluster.Front{Size: l.Replicas}, opening); err != nil {
			return err
		}
	}
	round := 0
	for _, rate := range l.Rates {
		for range l.Slices(rate) {
			for place, i := range r.plan.Shuffle(plan.LatencyCell, round, len(deployments)) {
				if err := r.visitOpen(ctx, deployments[i], rate, round, place); err != nil {
					return err
				}
			}
			round++
		}
	}
	return r.probe(ctx, deployments)
}

func (r *Run) visitOpen(ctx context.Context, d *deployment, rate float64, round, place int) error {
	l := r.plan.Latency
	target, err := r.target(d, cluster.Front{Size: l.Replicas})
	if err != nil {
		return err
	}
	before, err := held(ctx, d, l.Replicas)
	if err != nil {
		return err
	}
	cell := record.Cell{
		Kind: plan.LatencyCell, Scheme: d.scheme.Name, Replicas: l.Replicas, Rate: rate, Round: round, Place: place,
	}
	o := load.OpenOptions{Arrivals: l.Arrivals, Window: l.Slice, Meters: load.Meters(d.cluster, cell)}
	row, err := r.open(ctx, target, cell, o, record.OpenLoop(d.scheme.Name, rate))
	if err != nil {
		return err
	}
	after, err := held(ctx, d, l.Replicas)
	if err != nil {
		return err
	}
	row.Held = after - before
	return r.keep(ctx, row)
}

// held returns how long requests have been in a deployment's replicas so far, as the replicas report it.
func held(ctx context.Context, d *deployment, replicas int) (sum time.Duration, err error) {
	for i := range replicas {
		c, err := load.Scrape(ctx, d.cluster.Direct(i))
		if err != nil {
			return 0, err
		}
		sum += c.Held
	}
	return sum, nil
}
