package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// demand measures the cost of each row: one replica alone on a core and saturated, everything else on another. The processes
// are started anew a few times, because launches of one and the same binary differ by more than their intervals.
func (r *run) demand(ctx context.Context) error {
	d := r.plan.Demand
	round := 0
	for restart := range d.Restarts {
		last := d.Rounds * (restart + 1) / d.Restarts
		arms, down, err := r.stand(ctx, r.plan.DemandArms(), cluster.Spec{
			Replicas: 1,
			CPUs:     map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
		})
		if err != nil {
			return err
		}
		err = r.hop(ctx, arms, restart, round, last)
		down()
		if err != nil {
			return err
		}
		round = last
	}
	return nil
}

// hop visits every arm once a round, in slices shorter than the machine's weather.
func (r *run) hop(ctx context.Context, arms []*arm, restart, from, to int) error {
	unpin, err := cluster.PinSelf(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	// On one core a second running thread would only take turns with the first.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for round := from; round < to; round++ {
		for place, i := range r.plan.Shuffle(plan.DemandCell, round, len(arms)) {
			a := arms[i]
			cell := load.Cell{
				Kind: plan.DemandCell, Arm: a.scheme.Name, Tier: string(cluster.Replica), Replicas: 1,
				Restart: restart, Round: round, Place: place,
			}
			o := load.ClosedOptions{Connections: r.plan.Demand.Connections, Window: r.plan.Demand.Slice}
			if _, err := r.visit(ctx, a, cell, 0, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// tierCell is one shared part under the largest budget that it can use up.
type tierCell struct {
	arm    *arm
	tier   cluster.Tier
	front  int
	budget float64
}

// tiers measures what a request costs the store and the balancer. Both are too fast to be saturated by one replica, so a
// budget on them alone does it; their cost is printed with that budget and never added to a replica's.
func (r *run) tiers(ctx context.Context) error {
	if ok, err := r.budgeted("the cost of the store and the balancer"); !ok {
		return err
	}
	var withStore []plan.Scheme
	for _, s := range r.plan.Arms() {
		if s.Store {
			withStore = append(withStore, s)
		}
	}
	control, _ := plan.SchemeNamed(plan.Control)
	behind, down, err := r.stand(ctx, []plan.Scheme{control}, cluster.Spec{
		Replicas: 1, Fronts: []int{1}, Budgets: map[cluster.Tier]float64{cluster.Balancer: 1},
	})
	if err != nil {
		return err
	}
	defer down()
	direct, down, err := r.stand(ctx, withStore, cluster.Spec{
		Replicas: 1, Budgets: map[cluster.Tier]float64{cluster.Store: 1},
	})
	if err != nil {
		return err
	}
	defer down()

	cells := []*tierCell{{arm: behind[0], tier: cluster.Balancer, front: 1}}
	for _, a := range direct {
		cells = append(cells, &tierCell{arm: a, tier: cluster.Store})
	}
	var saturated []*tierCell
	for _, c := range cells {
		if found, err := r.saturate(ctx, c); err != nil {
			return err
		} else if found {
			saturated = append(saturated, c)
		}
	}
	for round := range r.plan.Tiers.Rounds {
		for place, i := range r.plan.Shuffle("tiers", round, len(saturated)) {
			if _, err := r.visitTier(ctx, saturated[i], round, place); err != nil {
				return err
			}
		}
	}
	return nil
}

// saturate finds the largest budget that the tier uses up to 95 %, from 0.5 core down.
func (r *run) saturate(ctx context.Context, c *tierCell) (bool, error) {
	for _, c.budget = range []float64{0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05} {
		if err := c.arm.cluster.SetBudget(c.tier, c.budget); err != nil {
			return false, err
		}
		target, err := r.target(c.arm, c.front)
		if err != nil {
			return false, err
		}
		o := load.ClosedOptions{Connections: r.plan.Tiers.Connections, Window: r.plan.Tiers.Slice, Meters: meters(c.arm.cluster, 1)}
		row, err := load.Closed(ctx, c.cell(0, 0), target, o)
		if err != nil {
			return false, err
		}
		if row.Use[string(c.tier)].CPU.Seconds() >= 0.95*c.budget*row.Elapsed.Seconds() {
			return true, nil
		}
	}
	return false, r.folder.event(measure.Event{Kind: measure.Skipped, Arm: c.arm.scheme.Name, Sentence: fmt.Sprintf(
		"the cost of the %s was not measured: not even a budget of 0.05 core was used up by one replica's requests", c.tier)})
}

func (c *tierCell) cell(round, place int) load.Cell {
	return load.Cell{
		Kind: plan.DemandCell, Arm: c.arm.scheme.Name, Tier: string(c.tier), Replicas: 1, Round: round, Place: place,
		Budgets: map[string]float64{string(c.tier): c.budget},
	}
}

func (r *run) visitTier(ctx context.Context, c *tierCell, round, place int) (load.Row, error) {
	o := load.ClosedOptions{Connections: r.plan.Tiers.Connections, Window: r.plan.Tiers.Slice}
	return r.visit(ctx, c.arm, c.cell(round, place), c.front, o)
}

// budgeted reports whether CPU budgets can be had; if not, it records that what is lost, and why.
func (r *run) budgeted(what string) (bool, error) {
	m := r.lab.Budgets()
	if m.Name != "none" {
		return true, nil
	}
	return false, r.folder.event(measure.Event{Kind: measure.Skipped, Sentence: what + " needs CPU budgets, and there are none here", Provide: m.Why})
}

// scaling measures throughput against replicas: every machine is a CPU budget, every row stands at its largest size, and
// load visits the first N replicas of each through a frontend of their own.
func (r *run) scaling(ctx context.Context) error {
	if ok, err := r.budgeted("throughput against replicas"); !ok {
		return err
	}
	s := r.plan.Scaling
	sizes, budget, err := r.fit()
	if err != nil || len(sizes) == 0 {
		return err
	}
	arms, down, err := r.stand(ctx, r.plan.Arms(), cluster.Spec{
		Replicas: sizes[len(sizes)-1], Fronts: sizes,
		Budgets: map[cluster.Tier]float64{cluster.Replica: budget, cluster.Store: budget},
	})
	if err != nil {
		return err
	}
	defer down()
	for _, a := range arms {
		if err := a.cluster.Limit(); err != nil {
			return err
		}
	}
	for round := range s.Rounds {
		for place, i := range r.plan.Shuffle(plan.ScalingCell, round, len(arms)*len(sizes)) {
			a, n := arms[i/len(sizes)], sizes[i%len(sizes)]
			cell := load.Cell{
				Kind: plan.ScalingCell, Arm: a.scheme.Name, Replicas: n, Round: round, Place: place,
				Budgets: budgets(a.cluster, n, budget),
			}
			// The first period is not counted: the connections find their replicas, and unused quota runs out.
			o := load.ClosedOptions{Connections: s.Connections * n, Window: s.Slice, Warmup: 2 * plan.Period}
			row, err := r.visit(ctx, a, cell, n, o)
			if err != nil {
				return err
			}
			r.learn(row)
		}
	}
	return nil
}

// fit decides the budget, and which sizes have room at it. What does not fit is listed with the arithmetic.
func (r *run) fit() (sizes []int, budget float64, err error) {
	s := r.plan.Scaling
	sizes = s.Replicas
	cores := len(r.cpus)
	for ; len(sizes) > 0; sizes = sizes[:len(sizes)-1] {
		largest := sizes[len(sizes)-1]
		b := s.Budget
		if b == plan.Auto {
			b = max(plan.MinBudget, plan.AutoBudget(cores, largest, r.costs))
		}
		ok, why := plan.Fits(cores, largest, b, r.costs)
		if ok {
			return sizes, float64(b), nil
		}
		if err := r.folder.event(measure.Event{Kind: measure.DoesNotFit, Sentence: why, Provide: "a machine with more cores, or a smaller budget in the plan"}); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, nil
}

func budgets(c *cluster.Cluster, n int, each float64) map[string]float64 {
	b := map[string]float64{}
	for i := range n {
		b[c.Replica(i).Name()] = each
	}
	if s := c.Store(); s != nil {
		b[s.Name()] = each
	}
	return b
}

// learn keeps what the control cost under a budget, for the next run's choice of budgets.
func (r *run) learn(row load.Row) {
	if row.Arm != plan.Control || row.Verdicts[load.OK] == 0 {
		return
	}
	var replicas time.Duration
	for name, use := range row.Use {
		switch name {
		case "generator":
			r.costs.Generator = use.CPU / time.Duration(row.Served)
		case string(cluster.Balancer):
			r.costs.Balancer = use.CPU / time.Duration(row.Served)
		default:
			replicas += use.CPU
		}
	}
	r.costs.Replica = replicas / time.Duration(row.Served)
}
