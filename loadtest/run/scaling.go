package run

import (
	"context"
	"errors"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// size is one size of a deployment, or its largest once more with the store relieved.
type size struct {
	of       *deployment
	replicas int
	relieved bool
}

// sizesOf lists what a round of the scaling stage visits.
func (r *Run) sizesOf(deployments []*deployment, sizes []int) (all []size) {
	for _, d := range deployments {
		for _, n := range r.plan.Scaling.SizesOf(d.scheme.Name, sizes) {
			all = append(all, size{of: d, replicas: n})
			if n == d.cluster.Size() && d.cluster.Store() != nil {
				all = append(all, size{of: d, replicas: n, relieved: true})
			}
		}
	}
	return all
}

// rounds visits every size of every deployment once a round. It runs the plan's number of rounds, starting with round
// first.
func (r *Run) rounds(ctx context.Context, deployments []*deployment, sizes []int, budget float64, first int) error {
	s := r.plan.Scaling
	all := r.sizesOf(deployments, sizes)
	for round := first; round < first+s.Rounds; round++ {
		for place, i := range r.plan.Shuffle(plan.ScalingCell, round, len(all)) {
			if err := r.size(ctx, all[i], plan.Budget(budget), round, place); err != nil {
				return err
			}
		}
	}
	return nil
}

// size measures one size. A relieved store has more of the machine for this slice: what the same replicas answer then
// shows what it held back.
func (r *Run) size(ctx context.Context, v size, budget plan.Budget, round, place int) (err error) {
	s, d := r.plan.Scaling, v.of
	smallest := r.plan.Smallest(budget)
	kind, store := plan.ScalingCell, float64(s.StoreOf(d.scheme, budget))
	if v.relieved {
		usual := store
		kind, store = plan.RelievedCell, plan.Relief*store
		if err := d.cluster.SetBudget(cluster.Store, store); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, d.cluster.SetBudget(cluster.Store, usual)) }()
	}
	front := turn(d.cluster.Size(), v.replicas, round)
	cell := record.Cell{
		Kind: kind, Scheme: d.scheme.Name, Replicas: v.replicas, First: front.First, Round: round, Place: place,
		Budgets: d.cluster.Budgeted(front, float64(budget), store),
	}
	o := load.ClosedOptions{
		Connections: s.Connections * v.replicas, Window: s.Window(smallest), Warmup: smallest.Warmup(),
	}
	r.learned.warmup = o.Warmup
	row, err := r.visit(ctx, d, cell, front, o)
	if err != nil {
		return err
	}
	r.learned.control(row)
	return nil
}

// turn returns the group of n replicas that a round visits.
func turn(replicas, n, round int) cluster.Front {
	groups := cluster.Groups(replicas, n)
	return groups[round%len(groups)]
}
