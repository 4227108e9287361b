package run

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// latency sends fixed rates, well below capacity, to clusters without budgets: below saturation a budget's period is most
// of what one would measure.
func (r *Run) latency(ctx context.Context) error {
	l := r.plan.Latency
	arms, down, err := r.stand(ctx, r.plan.LatencySchemes(), cluster.Spec{Replicas: l.Replicas, Fronts: cluster.Over(l.Replicas)})
	if err != nil {
		return err
	}
	defer down()
	for _, a := range arms {
		if err := r.warm(ctx, a, l.Replicas); err != nil {
			return err
		}
	}
	round := 0
	for _, rate := range l.Rates {
		for range l.Slices(rate) {
			for place, i := range r.plan.Shuffle(plan.LatencyCell, round, len(arms)) {
				if err := r.visitOpen(ctx, arms[i], rate, round, place); err != nil {
					return err
				}
			}
			round++
		}
	}
	return r.probe(ctx, arms)
}

// warm connects the generator with the balancer, and that with the replicas: else the first slices of an arm would count the
// making of connections, which users of a service that has been up for a while do not see.
func (r *Run) warm(ctx context.Context, a *arm, replicas int) error {
	target, err := r.target(a, cluster.Front{Size: replicas})
	if err != nil {
		return err
	}
	_, err = load.Closed(ctx, record.Cell{Kind: plan.LatencyCell, Arm: a.scheme.Name, Replicas: replicas}, target,
		load.ClosedOptions{Connections: 32, Window: 300 * time.Millisecond})
	return err
}

func (r *Run) visitOpen(ctx context.Context, a *arm, rate float64, round, place int) error {
	l := r.plan.Latency
	target, err := r.target(a, cluster.Front{Size: l.Replicas})
	if err != nil {
		return err
	}
	before, err := held(ctx, a, l.Replicas)
	if err != nil {
		return err
	}
	cell := record.Cell{
		Kind: plan.LatencyCell, Arm: a.scheme.Name, Replicas: l.Replicas, Rate: rate, Round: round, Place: place,
	}
	o := load.OpenOptions{Arrivals: l.Arrivals, Window: l.Slice, Meters: load.Meters(a.cluster, cell)}
	row, err := r.open(ctx, target, cell, o, fmt.Sprintf("%s-%g", a.scheme.Name, rate))
	if err != nil {
		return err
	}
	after, err := held(ctx, a, l.Replicas)
	if err != nil {
		return err
	}
	row.Held = after - before
	return r.keep(ctx, row)
}

// held is how long requests have been in an arm's replicas until now, by their own account.
func held(ctx context.Context, a *arm, replicas int) (sum time.Duration, err error) {
	for i := range replicas {
		c, err := load.Scrape(ctx, a.cluster.Direct(i))
		if err != nil {
			return 0, err
		}
		sum += c.Held
	}
	return sum, nil
}
