package run

import (
	"context"
	"fmt"
	"math"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// seeker is one cell's search for its capacity.
type seeker struct {
	arm      *arm
	replicas int
	start    float64 // requests/s
	trials   []analysis.Trial
}

// capacity searches for the highest rate that each row holds at each size. The searches are spread over the rounds, a trial
// each, so that all of them meet the same interference; those that are sure sit the remaining rounds out.
func (r *Run) capacity(ctx context.Context) error {
	if ok, err := r.budgeted("capacity", "capacity"); !ok {
		return err
	}
	c := r.plan.Capacity
	sizes, budget, err := r.fit(c.Replicas, c.Budget)
	if err != nil || len(sizes) == 0 {
		return err
	}
	arms, down, err := r.stand(ctx, r.standing(sizes), cluster.Spec{
		Replicas: sizes[len(sizes)-1], Fronts: cluster.Over(sizes...),
		Budgets: map[cluster.Tier]float64{cluster.Replica: budget, cluster.Store: budget},
	})
	if err != nil {
		return err
	}
	defer down()
	seekers, err := r.seekers(ctx, arms, sizes, budget)
	if err != nil {
		return err
	}
	for round := range c.Trials {
		for place, i := range r.plan.Shuffle(plan.CapacityCell, round, len(seekers)) {
			if err := r.try(ctx, seekers[i], budget, round, place); err != nil {
				return err
			}
		}
	}
	return r.probe(ctx, arms)
}

// standing are the rows that have a cell at one of sizes.
func (r *Run) standing(sizes []int) []plan.Scheme {
	var out []plan.Scheme
	for _, s := range r.plan.Sites() {
		if s.Replicas == sizes[0] {
			out = append(out, s.Scheme)
		}
	}
	return out
}

// seekers puts the budgets in force, connects everything, and says where each search starts.
func (r *Run) seekers(ctx context.Context, arms []*arm, sizes []int, budget float64) ([]*seeker, error) {
	saturation, err := r.saturation()
	if err != nil {
		return nil, err
	}
	byName := map[string]*arm{}
	for _, a := range arms {
		if err := a.cluster.Limit(); err != nil {
			return nil, err
		}
		byName[a.scheme.Name] = a
	}
	var out []*seeker
	for _, s := range r.plan.Sites() {
		if s.Replicas > sizes[len(sizes)-1] {
			continue
		}
		a := byName[s.Scheme.Name]
		if err := r.warm(ctx, a, s.Replicas); err != nil {
			return nil, err
		}
		out = append(out, &seeker{arm: a, replicas: s.Replicas, start: r.start(saturation, s, budget)})
	}
	return out, nil
}

// saturation is the throughput against replicas that this run has measured already, if any.
func (r *Run) saturation() ([]analysis.Throughput, error) {
	if r.plan.Scaling == nil {
		return nil, nil
	}
	measured, err := measure.Read(r.folder.Path())
	if err != nil {
		return nil, err
	}
	return analysis.Compare(measured).Scaling, nil
}

// firstShare is the share of the throughput at saturation at which a search starts: near saturation queues grow beyond bounds.
const firstShare = 0.9

// start is the first rate that a cell is tried at, in requests/s: from the row's throughput at saturation under its budget, at
// the same size or else the nearest below, in proportion to budgets and replicas; without any, from what a request usually costs.
func (r *Run) start(saturation []analysis.Throughput, s plan.Site, budget float64) float64 {
	for n := s.Replicas; n > 0; n-- {
		for _, x := range saturation {
			if x.Name == s.Scheme.Name && x.Replicas == n && x.Budget > 0 && x.X.Known() {
				return firstShare * x.X.Center * budget / x.Budget * float64(s.Replicas) / float64(n)
			}
		}
	}
	return firstShare * float64(s.Replicas) * budget / math.Max(r.costs.Replica.Seconds(), 1e-6)
}

// try tests the next rate of a search, unless that is at its end.
func (r *Run) try(ctx context.Context, s *seeker, budget float64, round, place int) error {
	c := r.plan.Capacity
	rate, more := analysis.NextRate(s.start, s.trials)
	if !more {
		return nil
	}
	target, err := r.target(s.arm, cluster.Front{Size: s.replicas})
	if err != nil {
		return err
	}
	cell := record.Cell{
		Kind: plan.CapacityCell, Arm: s.arm.scheme.Name, Replicas: s.replicas, Rate: rate, Round: round, Place: place,
		Budgets: s.arm.cluster.Budgeted(cluster.Front{Size: s.replicas}, budget),
	}
	o := load.OpenOptions{Window: c.Slice, Meters: load.Meters(s.arm.cluster, cell)}
	row, err := r.open(ctx, target, cell, o, fmt.Sprintf("capacity-%s-%d", s.arm.scheme.Name, s.replicas))
	if err != nil {
		return err
	}
	m := measure.Measure(row)
	s.trials = append(s.trials, analysis.Try(&m, c))
	return r.keep(ctx, row)
}
