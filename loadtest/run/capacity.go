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
	deployment *deployment
	replicas   int
	start      float64 // requests/s
	trials     []analysis.Trial
}

// capacity searches for the highest rate that each scheme sustains at each size. Every search makes one trial a round,
// so that all searches meet the same interference. A search that has its result skips the remaining rounds.
func (r *Run) capacity(ctx context.Context) error {
	if ok, err := r.budgeted("capacity", "capacity"); !ok {
		return err
	}
	c := r.plan.Capacity
	sizes, budget, err := r.fit(c.Replicas, c.Budget)
	if err != nil || len(sizes) == 0 {
		return err
	}
	deployments, down, err := r.stand(ctx, r.standing(sizes), alike(cluster.Spec{
		Replicas: sizes[len(sizes)-1], Fronts: cluster.Over(sizes...),
		Budgets: map[cluster.Tier]float64{cluster.Replica: budget, cluster.Store: budget},
	}))
	if err != nil {
		return err
	}
	defer down()
	seekers, err := r.seekers(ctx, deployments, sizes, budget)
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
	return r.probe(ctx, deployments)
}

// standing returns the schemes that have a cell at the smallest of sizes.
func (r *Run) standing(sizes []int) []plan.Scheme {
	var out []plan.Scheme
	for _, s := range r.plan.Sites() {
		if s.Replicas == sizes[0] {
			out = append(out, s.Scheme)
		}
	}
	return out
}

// seekers enforces the budgets, opens the connections, and chooses where each search starts.
func (r *Run) seekers(ctx context.Context, deployments []*deployment, sizes []int, budget float64) ([]*seeker, error) {
	saturation, err := r.saturation()
	if err != nil {
		return nil, err
	}
	byName := map[string]*deployment{}
	for _, d := range deployments {
		if err := d.cluster.Limit(); err != nil {
			return nil, err
		}
		byName[d.scheme.Name] = d
	}
	var out []*seeker
	for _, s := range r.plan.Sites() {
		if s.Replicas > sizes[len(sizes)-1] {
			continue
		}
		d := byName[s.Scheme.Name]
		if err := r.warm(ctx, d, cluster.Front{Size: s.Replicas}, opening); err != nil {
			return nil, err
		}
		out = append(out, &seeker{deployment: d, replicas: s.Replicas, start: r.start(saturation, s, budget)})
	}
	return out, nil
}

// saturation returns the throughput against replicas that this run has already measured, if any.
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

// firstShare is where a search starts, as a share of the throughput at saturation: near saturation queues grow without
// bound.
const firstShare = 0.9

// start returns the first rate to try at a cell, in requests/s. It derives the rate from the scheme's throughput at
// saturation under its budget, scaled by budgets and replicas. It takes the same size, or else the nearest smaller one.
// Without such a figure it uses the usual CPU cost per request.
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

// try tests the next rate of a search, unless the search has ended.
func (r *Run) try(ctx context.Context, s *seeker, budget float64, round, place int) error {
	c := r.plan.Capacity
	rate, more := analysis.NextRate(s.start, s.trials)
	if !more {
		return nil
	}
	target, err := r.target(s.deployment, cluster.Front{Size: s.replicas})
	if err != nil {
		return err
	}
	cell := record.Cell{
		Kind: plan.CapacityCell, Scheme: s.deployment.scheme.Name, Replicas: s.replicas, Rate: rate, Round: round,
		Place:   place,
		Budgets: s.deployment.cluster.Budgeted(cluster.Front{Size: s.replicas}, budget, budget),
	}
	o := load.OpenOptions{Window: c.Slice, Meters: load.Meters(s.deployment.cluster, cell)}
	row, err := r.open(ctx, target, cell, o, fmt.Sprintf("capacity-%s-%d", s.deployment.scheme.Name, s.replicas))
	if err != nil {
		return err
	}
	m := measure.Measure(row)
	s.trials = append(s.trials, analysis.Try(&m, c))
	return r.keep(ctx, row)
}
