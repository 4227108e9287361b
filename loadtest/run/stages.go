package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/machine"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// demand measures the CPU cost of each scheme: one saturated replica has a core to itself, everything else runs on
// another core. Launches of one binary differ by more than the slices of one launch suggest, so several launches of
// every scheme stand side by side, idle but for the one that is visited, and each round visits the next. They share the
// scheme's key or store, so that the users sign in once.
func (r *Run) demand(ctx context.Context) error {
	deployments, down, err := r.stand(ctx, r.plan.DemandSchemes(), alike(cluster.Spec{
		Replicas: r.plan.Demand.Launches,
		CPUs:     map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
	}))
	if err != nil {
		return err
	}
	defer down()
	if err := r.watched(ctx, deployments, func() error { return r.hop(ctx, deployments) }); err != nil {
		return err
	}
	for _, d := range deployments {
		if err := d.cluster.Ready(ctx); err != nil {
			return err
		}
	}
	return r.probe(ctx, deployments)
}

// watched runs work and records what the Go runtime of each replica did meanwhile.
func (r *Run) watched(ctx context.Context, deployments []*deployment, work func() error) error {
	before := make([][]load.Counters, len(deployments))
	for i, d := range deployments {
		var err error
		if before[i], err = counters(ctx, d.cluster); err != nil {
			return err
		}
		d.served = make([]uint64, d.cluster.Size())
	}
	if err := work(); err != nil {
		return err
	}
	for i, d := range deployments {
		after, err := counters(ctx, d.cluster)
		if err != nil {
			return err
		}
		for launch, now := range after {
			was := before[i][launch]
			if err := r.folder.Runtime(record.Runtime{
				Restart: launch, Scheme: d.scheme.Name, GC: now.GC - was.GC, CPU: now.CPU - was.CPU,
				Requests: d.served[launch], LiveHeap: now.LiveHeap, Users: r.plan.Users, StoreGrowth: d.growth,
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// counters reads those of each replica of a cluster.
func counters(ctx context.Context, c *cluster.Cluster) (all []load.Counters, err error) {
	all = make([]load.Counters, c.Size())
	for i := range all {
		if all[i], err = load.Scrape(ctx, c.Direct(i)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// hop visits every scheme once a round, in slices shorter than the machine's interference, and each of its launches in
// turn.
func (r *Run) hop(ctx context.Context, deployments []*deployment) error {
	restore, err := cluster.PinAlone(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer restore()
	p := r.plan.Demand
	o := load.ClosedOptions{Connections: p.Connections, Window: p.Slice}
	for _, d := range deployments {
		for launch := range p.Launches {
			if err := r.warm(ctx, d, direct(launch), o); err != nil {
				return err
			}
		}
	}
	visits := r.demandVisits(len(deployments))
	turns := newTurns(deployments, p.Launches, visits)
	defer turns.end()
	for i, v := range visits {
		if err := turns.begin(i); err != nil {
			return err
		}
		d := deployments[v.deployment]
		cell := record.Cell{
			Kind: plan.DemandCell, Scheme: d.scheme.Name, Tier: string(cluster.Replica), Replicas: 1,
			First: v.launch, Restart: v.launch, Round: i / len(deployments), Place: i % len(deployments),
		}
		if _, err := r.visit(ctx, d, cell, direct(v.launch), o); err != nil {
			return err
		}
	}
	return nil
}

// demandVisits are the visits of the demand stage to n deployments in their order.
func (r *Run) demandVisits(n int) []process {
	p := r.plan.Demand
	visits := make([]process, 0, p.Rounds*n)
	for round := range p.Rounds {
		for _, i := range r.plan.Shuffle(plan.DemandCell, round, n) {
			visits = append(visits, process{deployment: i, launch: round % p.Launches})
		}
	}
	return visits
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

// seldom is how often the balancers of scaling clusters check their replicas. No replica is stopped there, and a check
// asks the store: one with a fiftieth of a core would spend its budget on as many checks as one with a whole core.
const seldom = 30 * time.Second

// scaling measures throughput against replicas. A CPU budget stands for each machine, and every scheme runs at its
// largest size. The load visits N replicas of a scheme through their own frontend, and a different group of N in each
// round.
func (r *Run) scaling(ctx context.Context) error {
	if ok, err := r.budgeted("scaling", "scaling"); !ok {
		return err
	}
	s := r.plan.Scaling
	sizes, budget, err := r.fit(s.Replicas, s.Asked())
	if err != nil || len(sizes) == 0 {
		return err
	}
	deployments, down, err := r.stand(ctx, r.plan.AllSchemes(), func(scheme plan.Scheme) cluster.Spec {
		own := s.SizesOf(scheme.Name, sizes)
		largest, store := own[len(own)-1], s.StoreOf(scheme, plan.Budget(budget))
		return cluster.Spec{
			Replicas: largest, Fronts: cluster.Groups(largest, own...), CheckEvery: seldom, StoreWithin: store.Patience(),
			Budgets: map[cluster.Tier]float64{cluster.Replica: budget, cluster.Store: float64(store)},
		}
	})
	if err != nil {
		return err
	}
	defer down()
	fitting := func(planned []int) []int {
		return slices.DeleteFunc(planned, func(n int) bool { return !slices.Contains(sizes, n) })
	}
	calibrated, held := fitting(s.Calibrated()), fitting(s.HeldBack())
	if s.HeldOut > 0 {
		if err := r.calibrate(ctx, deployments, budget); err != nil {
			return err
		}
	}
	for _, d := range deployments {
		o := load.ClosedOptions{Connections: s.Connections * d.cluster.Size(), Window: opening.Window}
		if err := r.warm(ctx, d, cluster.Front{Size: d.cluster.Size()}, o); err != nil {
			return err
		}
		if err := d.cluster.Limit(); err != nil {
			return err
		}
	}
	if err := r.rounds(ctx, deployments, calibrated, budget, 0); err != nil {
		return err
	}
	if len(held) > 1 { // one more than the smallest
		if err := r.freeze(budget, held[1:]); err != nil {
			return err
		}
		if err := r.rounds(ctx, deployments, held, budget, s.Rounds); err != nil {
			return err
		}
	}
	return r.probe(ctx, deployments)
}

// calibrate makes each store the bottleneck, under its later budget and before the replicas have theirs. A store that
// idles between requests costs more per request, so small clusters cannot show its cost at saturation. All replicas
// ask, with the connections of the largest size: a store that a budget keeps waiting finds several commands on each
// connection and reads them at once, the more of them the more connections wait.
func (r *Run) calibrate(ctx context.Context, deployments []*deployment, budget float64) error {
	s := r.plan.Scaling
	for _, d := range deployments {
		if d.cluster.Store() == nil {
			continue
		}
		granted := s.StoreOf(d.scheme, plan.Budget(budget))
		size := d.cluster.Size()
		if err := d.cluster.SetBudget(cluster.Store, float64(granted)); err != nil {
			return err
		}
		for round := range s.Rounds {
			cell := record.Cell{
				Kind: plan.CalibrationCell, Scheme: d.scheme.Name, Tier: string(cluster.Store), Replicas: size, Round: round,
				Budgets: map[string]float64{d.cluster.Store().Name(): float64(granted)},
			}
			o := load.ClosedOptions{Connections: s.Connections * size, Window: s.Window(granted), Warmup: granted.Warmup()}
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
		help := message.New("help.more-cores")
		if ok {
			if ok, why = r.remembered(sizes); ok {
				return sizes, float64(b), nil
			}
			help = message.New("help.more-memory")
		}
		if err := r.folder.Event(record.Event{
			Kind: record.DoesNotFit, About: message.Count(largest, "replica"), Said: message.Text(why), Help: help,
		}); err != nil {
			return nil, 0, err
		}
	}
	return nil, 0, nil
}

// remembered reports whether the clusters of the scaling stage fit into the machine's memory; if not, why gives the
// arithmetic.
func (r *Run) remembered(sizes []int) (ok bool, why string) {
	free, known := machine.Available()
	if r.plan.Scaling == nil || !known {
		return true, ""
	}
	need := r.plan.NeedsAt(sizes)
	return need.Memory <= free, fmt.Sprintf("%s; %.1f GiB are free", need, float64(free)/(1<<30))
}
