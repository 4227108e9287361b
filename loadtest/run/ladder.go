package run

import (
	"context"
	"fmt"
	"math"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// ladder measures how a replica's CPU per request depends on its load: at shares of the rate that saturates it, and at
// saturation, each once a round.
func (r *Run) ladder(ctx context.Context) error {
	l := r.plan.Ladder
	arms, down, err := r.stand(ctx, r.plan.DemandSchemes(), cluster.Spec{
		Replicas: 1, CPUs: map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
	})
	if err != nil {
		return err
	}
	defer down()
	unpin, err := cluster.PinSelf(r.cpus[1:2]) // with more than one thread, as open loop waits for answers while it keeps time
	if err != nil {
		return err
	}
	defer unpin()
	saturated := make([]float64, len(arms)) // requests/s
	for i, a := range arms {
		if saturated[i], err = r.fullRate(ctx, a, l.Connections); err != nil {
			return err
		}
	}
	steps := len(l.Shares) + 1
	for round := range l.Rounds {
		for place, i := range r.plan.Shuffle(plan.LadderCell, round, len(arms)*steps) {
			a, step := i/steps, i%steps
			cell := record.Cell{Kind: plan.LadderCell, Arm: arms[a].scheme.Name, Replicas: 1, Round: round, Place: place}
			if step < len(l.Shares) {
				cell.Rate = math.Round(l.Shares[step] * saturated[a])
				cell.Share = l.Shares[step]
			}
			if err := r.climb(ctx, arms[a], cell); err != nil {
				return err
			}
		}
	}
	return r.probe(ctx, arms)
}

// fullRate returns the rate at which a replica answers when it has no rest.
func (r *Run) fullRate(ctx context.Context, a *arm, connections int) (float64, error) {
	target, err := r.target(a, direct)
	if err != nil {
		return 0, err
	}
	const window = 500 * time.Millisecond
	row, err := load.Closed(ctx, record.Cell{Kind: plan.LadderCell, Arm: a.scheme.Name, Replicas: 1}, target,
		load.ClosedOptions{Connections: connections, Window: window, Warmup: window / 5})
	if err == nil && row.Verdicts[record.OK] == 0 {
		err = fmt.Errorf("%s answers nothing", a.scheme.Name)
	}
	return float64(row.Verdicts[record.OK]) / window.Seconds(), err
}

// climb measures one step: at a rate, or saturated where there is none.
func (r *Run) climb(ctx context.Context, a *arm, cell record.Cell) error {
	l := r.plan.Ladder
	if cell.Rate == 0 {
		_, err := r.visit(ctx, a, cell, direct, load.ClosedOptions{Connections: l.Connections, Window: l.Slice})
		return err
	}
	target, err := r.target(a, direct)
	if err != nil {
		return err
	}
	row, err := r.open(ctx, target, cell, load.OpenOptions{Window: l.Slice, Meters: load.Meters(a.cluster, cell)}, "")
	if err != nil {
		return err
	}
	return r.keep(ctx, row)
}
