package run

import (
	"context"
	"fmt"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// demand measures the CPU cost of each scheme: one saturated replica has a core to itself, everything else runs on
// another core. The processes are restarted a few times, because launches of the same binary differ by more than their
// confidence intervals.
func (r *Run) demand(ctx context.Context) error {
	d := r.plan.Demand
	round := 0
	for restart := range d.Restarts {
		last := d.Rounds * (restart + 1) / d.Restarts
		deployments, down, err := r.stand(ctx, r.plan.DemandSchemes(), cluster.Spec{
			Replicas: 1,
			CPUs:     map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
		})
		if err != nil {
			return err
		}
		err = r.watched(ctx, deployments, restart, func() error { return r.hop(ctx, deployments, restart, round, last) })
		if err == nil {
			err = r.probe(ctx, deployments)
		}
		down()
		if err != nil {
			return err
		}
		round = last
	}
	return nil
}

// watched runs work and records what the Go runtime of each deployment did meanwhile.
func (r *Run) watched(ctx context.Context, deployments []*deployment, restart int, work func() error) error {
	before := make([]load.Counters, len(deployments))
	for i, d := range deployments {
		var err error
		if before[i], err = load.Scrape(ctx, d.cluster.Direct(0)); err != nil {
			return err
		}
		d.served = 0
	}
	if err := work(); err != nil {
		return err
	}
	for i, d := range deployments {
		after, err := load.Scrape(ctx, d.cluster.Direct(0))
		if err != nil {
			return err
		}
		if err := r.folder.Runtime(record.Runtime{
			Restart: restart, Arm: d.scheme.Name, GC: after.GC - before[i].GC, CPU: after.CPU - before[i].CPU,
			Requests: d.served, LiveHeap: after.LiveHeap, Users: r.plan.Users, StoreGrowth: d.growth,
		}); err != nil {
			return err
		}
	}
	return nil
}

// hop visits every deployment once a round, in slices shorter than the machine's interference.
func (r *Run) hop(ctx context.Context, deployments []*deployment, restart, from, to int) error {
	restore, err := cluster.PinAlone(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer restore()
	for round := from; round < to; round++ {
		for place, i := range r.plan.Shuffle(plan.DemandCell, round, len(deployments)) {
			d := deployments[i]
			cell := record.Cell{
				Kind: plan.DemandCell, Arm: d.scheme.Name, Tier: string(cluster.Replica), Replicas: 1,
				Restart: restart, Round: round, Place: place,
			}
			o := load.ClosedOptions{Connections: r.plan.Demand.Connections, Window: r.plan.Demand.Slice}
			if _, err := r.visit(ctx, d, cell, direct, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// budgeted reports whether CPU budgets are available. If not, it records what cannot be measured, and why.
func (r *Run) budgeted(stage, what string) (bool, error) {
	m := r.lab.Budgets()
	if m.Name != "none" {
		return true, nil
	}
	return false, r.folder.Event(record.Event{
		Kind: record.Skipped, About: stage,
		Said: message.New("event.no-budgets", "what", message.New("event.needs-budgets."+what)), Help: message.Text(m.Why),
	})
}

// scaling measures throughput against replicas. A CPU budget stands for each machine, and every scheme runs at its
// largest size. The load visits N replicas of a scheme through their own frontend, and a different group of N in each
// round.
func (r *Run) scaling(ctx context.Context) error {
	if ok, err := r.budgeted("scaling", "scaling"); !ok {
		return err
	}
	s := r.plan.Scaling
	sizes, budget, err := r.fit(s.Replicas, s.Budget)
	if err != nil || len(sizes) == 0 {
		return err
	}
	largest := sizes[len(sizes)-1]
	deployments, down, err := r.stand(ctx, r.plan.AllSchemes(), cluster.Spec{
		Replicas: largest, Fronts: cluster.Groups(largest, sizes...),
		Budgets: map[cluster.Tier]float64{cluster.Replica: budget, cluster.Store: budget},
	})
	if err != nil {
		return err
	}
	defer down()
	calibrated := s.Calibrated()
	calibrated = sizes[:min(len(sizes), len(calibrated))]
	if s.HeldOut > 0 {
		if err := r.calibrate(ctx, deployments, calibrated[len(calibrated)-1], budget); err != nil {
			return err
		}
	}
	for _, d := range deployments {
		if err := d.cluster.Limit(); err != nil {
			return err
		}
	}
	if err := r.rounds(ctx, deployments, calibrated, budget, 0); err != nil {
		return err
	}
	if largest == s.HeldOut {
		if err := r.freeze(budget); err != nil {
			return err
		}
		// The smallest size is measured again, because the prediction is the ratio to it in the same round.
		if err := r.rounds(ctx, deployments, []int{sizes[0], largest}, budget, s.Rounds); err != nil {
			return err
		}
	}
	return r.probe(ctx, deployments)
}

// rounds visits every size of every deployment once a round. It runs the plan's number of rounds, starting with round
// first.
func (r *Run) rounds(ctx context.Context, deployments []*deployment, sizes []int, budget float64, first int) error {
	s := r.plan.Scaling
	for round := first; round < first+s.Rounds; round++ {
		for place, i := range r.plan.Shuffle(plan.ScalingCell, round, len(deployments)*len(sizes)) {
			d, n := deployments[i/len(sizes)], sizes[i%len(sizes)]
			front := turn(d.cluster.Size(), n, round)
			cell := record.Cell{
				Kind: plan.ScalingCell, Arm: d.scheme.Name, Replicas: n, First: front.First, Round: round, Place: place,
				Budgets: d.cluster.Budgeted(front, budget),
			}
			o := load.ClosedOptions{Connections: s.Connections * n, Window: s.Slice, Warmup: plan.Warmup}
			row, err := r.visit(ctx, d, cell, front, o)
			if err != nil {
				return err
			}
			r.learned.control(row)
		}
	}
	return nil
}

// calibrate makes each store the bottleneck, under its later budget and before the replicas have theirs. A store that
// idles between requests costs more per request, so small clusters cannot show its cost at saturation.
func (r *Run) calibrate(ctx context.Context, deployments []*deployment, size int, budget float64) error {
	s := r.plan.Scaling
	for _, d := range deployments {
		if d.cluster.Store() == nil {
			continue
		}
		if err := d.cluster.SetBudget(cluster.Store, budget); err != nil {
			return err
		}
		for round := range s.Rounds {
			cell := record.Cell{
				Kind: plan.CalibrationCell, Arm: d.scheme.Name, Tier: string(cluster.Store), Replicas: size, Round: round,
				Budgets: map[string]float64{d.cluster.Store().Name(): budget},
			}
			o := load.ClosedOptions{Connections: s.Connections * size, Window: s.Slice, Warmup: plan.Warmup}
			if _, err := r.visit(ctx, d, cell, cluster.Front{Size: size}, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// fit decides which sizes the machine can hold and, where the plan leaves it open, the budget. It records every size
// that does not fit, with the arithmetic.
func (r *Run) fit(sizes []int, asked plan.Budget) (fitting []int, budget float64, err error) {
	cores := len(r.cpus)
	for ; len(sizes) > 0; sizes = sizes[:len(sizes)-1] {
		largest := sizes[len(sizes)-1]
		b := asked
		if b == plan.Auto {
			b = max(plan.MinBudget, plan.AutoBudget(cores, largest, r.costs))
		}
		ok, why := plan.Fits(cores, largest, b, r.costs)
		if ok {
			return sizes, float64(b), nil
		}
		if err := r.folder.Event(record.Event{
			Kind: record.DoesNotFit, About: fmt.Sprintf("%d replicas", largest),
			Said: message.Text(why), Help: message.New("help.more-cores"),
		}); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, nil
}

// turn returns the group of n replicas that a round visits.
func turn(replicas, n, round int) cluster.Front {
	groups := cluster.Groups(replicas, n)
	return groups[round%len(groups)]
}
