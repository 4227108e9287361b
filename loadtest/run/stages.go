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

// demand measures the cost of each row: one replica alone on a core and saturated, everything else on another. The processes
// are started anew a few times, because launches of one and the same binary differ by more than their intervals.
func (r *Run) demand(ctx context.Context) error {
	d := r.plan.Demand
	round := 0
	for restart := range d.Restarts {
		last := d.Rounds * (restart + 1) / d.Restarts
		arms, down, err := r.stand(ctx, r.plan.DemandSchemes(), cluster.Spec{
			Replicas: 1,
			CPUs:     map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
		})
		if err != nil {
			return err
		}
		err = r.watched(ctx, arms, restart, func() error { return r.hop(ctx, arms, restart, round, last) })
		if err == nil {
			err = r.probe(ctx, arms)
		}
		down()
		if err != nil {
			return err
		}
		round = last
	}
	return nil
}

// watched runs work and keeps what each arm's runtime did meanwhile.
func (r *Run) watched(ctx context.Context, arms []*arm, restart int, work func() error) error {
	before := make([]load.Counters, len(arms))
	for i, a := range arms {
		var err error
		if before[i], err = load.Scrape(ctx, a.cluster.Direct(0)); err != nil {
			return err
		}
		a.served = 0
	}
	if err := work(); err != nil {
		return err
	}
	for i, a := range arms {
		after, err := load.Scrape(ctx, a.cluster.Direct(0))
		if err != nil {
			return err
		}
		if err := r.folder.Runtime(record.Runtime{
			Restart: restart, Arm: a.scheme.Name, GC: after.GC - before[i].GC, CPU: after.CPU - before[i].CPU, Requests: a.served, LiveHeap: after.LiveHeap,
			Users: r.plan.Users, StoreGrowth: a.growth,
		}); err != nil {
			return err
		}
	}
	return nil
}

// hop visits every arm once a round, in slices shorter than the machine's interference.
func (r *Run) hop(ctx context.Context, arms []*arm, restart, from, to int) error {
	restore, err := cluster.PinAlone(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer restore()
	for round := from; round < to; round++ {
		for place, i := range r.plan.Shuffle(plan.DemandCell, round, len(arms)) {
			a := arms[i]
			cell := record.Cell{
				Kind: plan.DemandCell, Arm: a.scheme.Name, Tier: string(cluster.Replica), Replicas: 1,
				Restart: restart, Round: round, Place: place,
			}
			o := load.ClosedOptions{Connections: r.plan.Demand.Connections, Window: r.plan.Demand.Slice}
			if _, err := r.visit(ctx, a, cell, direct, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// budgeted reports whether CPU budgets can be had; if not, it records that what is lost, and why.
func (r *Run) budgeted(stage, what string) (bool, error) {
	m := r.lab.Budgets()
	if m.Name != "none" {
		return true, nil
	}
	return false, r.folder.Event(record.Event{Kind: record.Skipped, About: stage, Said: message.New("event.no-budgets", "what", message.New("event.needs-budgets."+what)), Help: message.Text(m.Why)})
}

// scaling measures throughput against replicas: every machine is a CPU budget, every row stands at its largest size, and
// load visits N replicas of each through a frontend of their own, others of them with each round.
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
	arms, down, err := r.stand(ctx, r.plan.AllSchemes(), cluster.Spec{
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
		if err := r.calibrate(ctx, arms, calibrated[len(calibrated)-1], budget); err != nil {
			return err
		}
	}
	for _, a := range arms {
		if err := a.cluster.Limit(); err != nil {
			return err
		}
	}
	if err := r.rounds(ctx, arms, calibrated, budget, 0); err != nil {
		return err
	}
	if largest == s.HeldOut {
		if err := r.freeze(budget); err != nil {
			return err
		}
		// The smallest size comes along, because what is predicted is the ratio to it in the same round.
		if err := r.rounds(ctx, arms, []int{sizes[0], largest}, budget, s.Rounds); err != nil {
			return err
		}
	}
	return r.probe(ctx, arms)
}

// rounds visits every size of every arm once a round, as often as the plan says, beginning with that round.
func (r *Run) rounds(ctx context.Context, arms []*arm, sizes []int, budget float64, first int) error {
	s := r.plan.Scaling
	for round := first; round < first+s.Rounds; round++ {
		for place, i := range r.plan.Shuffle(plan.ScalingCell, round, len(arms)*len(sizes)) {
			a, n := arms[i/len(sizes)], sizes[i%len(sizes)]
			front := turn(a.cluster.Size(), n, round)
			cell := record.Cell{
				Kind: plan.ScalingCell, Arm: a.scheme.Name, Replicas: n, First: front.First, Round: round, Place: place,
				Budgets: a.cluster.Budgeted(front, budget),
			}
			o := load.ClosedOptions{Connections: s.Connections * n, Window: s.Slice, Warmup: plan.Warmup}
			row, err := r.visit(ctx, a, cell, front, o)
			if err != nil {
				return err
			}
			r.learned.control(row)
		}
	}
	return nil
}

// calibrate makes each store the bottleneck, under the budget that it will have and before the replicas have theirs: a store
// that idles between requests makes each of them dearer, so its cost at saturation cannot be learned from small clusters.
func (r *Run) calibrate(ctx context.Context, arms []*arm, size int, budget float64) error {
	s := r.plan.Scaling
	for _, a := range arms {
		if a.cluster.Store() == nil {
			continue
		}
		if err := a.cluster.SetBudget(cluster.Store, budget); err != nil {
			return err
		}
		for round := range s.Rounds {
			cell := record.Cell{
				Kind: plan.CalibrationCell, Arm: a.scheme.Name, Tier: string(cluster.Store), Replicas: size, Round: round,
				Budgets: map[string]float64{a.cluster.Store().Name(): budget},
			}
			o := load.ClosedOptions{Connections: s.Connections * size, Window: s.Slice, Warmup: plan.Warmup}
			if _, err := r.visit(ctx, a, cell, cluster.Front{Size: size}, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// fit decides the budget, where it is left to the machine, and which sizes have room at it. What does not fit is listed with
// the arithmetic.
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
		if err := r.folder.Event(record.Event{Kind: record.DoesNotFit, About: fmt.Sprintf("%d replicas", largest), Said: message.Text(why), Help: message.New("help.more-cores")}); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, nil
}

// turn is the group of n replicas that a round visits.
func turn(replicas, n, round int) cluster.Front {
	groups := cluster.Groups(replicas, n)
	return groups[round%len(groups)]
}
