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

// ladder measures how a replica's CPU cost per request depends on its load. Every round visits each share of the
// saturating rate once, and saturation itself.
func (r *Run) ladder(ctx context.Context) error {
	l := r.plan.Ladder
	deployments, down, err := r.stand(ctx, r.plan.DemandSchemes(), alike(cluster.Spec{
		Replicas: 1, CPUs: map[cluster.Tier][]int{cluster.Replica: r.cpus[:1], cluster.Store: r.cpus[1:2]},
	}))
	if err != nil {
		return err
	}
	defer down()
	// Not on one thread: an open loop waits for answers while it keeps time.
	unpin, err := cluster.PinSelf(r.cpus[1:2])
	if err != nil {
		return err
	}
	defer unpin()
	saturated := make([]float64, len(deployments)) // requests/s
	for i, d := range deployments {
		if saturated[i], err = r.fullRate(ctx, d, l.Connections); err != nil {
			return err
		}
	}
	steps := len(l.Shares) + 1
	for round := range l.Rounds {
		for place, i := range r.plan.Shuffle(plan.LadderCell, round, len(deployments)*steps) {
			which, step := i/steps, i%steps
			cell := record.Cell{
				Kind: plan.LadderCell, Scheme: deployments[which].scheme.Name, Replicas: 1, Round: round, Place: place,
			}
			if step < len(l.Shares) {
				cell.Rate = math.Round(l.Shares[step] * saturated[which])
				cell.Share = l.Shares[step]
			}
			if err := r.climb(ctx, deployments[which], cell); err != nil {
				return err
			}
		}
	}
	return r.probe(ctx, deployments)
}

// fullRate returns the rate at which a saturated replica answers.
func (r *Run) fullRate(ctx context.Context, d *deployment, connections int) (float64, error) {
	target, err := r.target(d, direct(0))
	if err != nil {
		return 0, err
	}
	const window = 500 * time.Millisecond
	row, err := load.Closed(ctx, record.Cell{Kind: plan.LadderCell, Scheme: d.scheme.Name, Replicas: 1}, target,
		load.ClosedOptions{Connections: connections, Window: window, Warmup: window / 5})
	if err == nil && row.Verdicts[record.OK] == 0 {
		err = fmt.Errorf("%s answers no request correctly", d.scheme.Name)
	}
	return float64(row.Verdicts[record.OK]) / window.Seconds(), err
}

// climb measures one step: at the cell's rate, or at saturation where the cell has no rate.
func (r *Run) climb(ctx context.Context, d *deployment, cell record.Cell) error {
	l := r.plan.Ladder
	if cell.Rate == 0 {
		_, err := r.visit(ctx, d, cell, direct(0), load.ClosedOptions{Connections: l.Connections, Window: l.Slice})
		return err
	}
	target, err := r.target(d, direct(0))
	if err != nil {
		return err
	}
	row, err := r.open(ctx, target, cell, load.OpenOptions{Window: l.Slice, Meters: load.Meters(d.cluster, cell)}, "")
	if err != nil {
		return err
	}
	return r.keep(ctx, row)
}
