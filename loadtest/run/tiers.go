package run

import (
	"context"

	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// tierCell is one shared part under the largest budget that it can use up.
type tierCell struct {
	deployment *deployment
	tier       cluster.Tier
	front      cluster.Front
	budget     float64
}

// tiers measures the CPU cost of a request in the store and in the balancer. One replica cannot saturate them, so a
// budget on them alone does. Their cost is printed with that budget and never added to a replica's.
func (r *Run) tiers(ctx context.Context) error {
	if ok, err := r.budgeted("store and balancer", "tiers"); !ok {
		return err
	}
	var withStore []plan.Scheme
	for _, s := range r.plan.AllSchemes() {
		if s.Store {
			withStore = append(withStore, s)
		}
	}
	control, _ := plan.SchemeNamed(plan.Control)
	behind, down, err := r.stand(ctx, []plan.Scheme{control}, alike(cluster.Spec{
		Replicas: 1, Fronts: cluster.Over(1), Budgets: map[cluster.Tier]float64{cluster.Balancer: 1},
	}))
	if err != nil {
		return err
	}
	defer down()
	bare, down, err := r.stand(ctx, withStore, alike(cluster.Spec{
		Replicas: 1, Budgets: map[cluster.Tier]float64{cluster.Store: 1},
	}))
	if err != nil {
		return err
	}
	defer down()

	cells := []*tierCell{{deployment: behind[0], tier: cluster.Balancer, front: cluster.Front{Size: 1}}}
	for _, d := range bare {
		if d.cluster.Store() == nil {
			if err := r.folder.Event(record.Event{
				Kind: record.Skipped, About: d.scheme.Name, Said: message.New("event.foreign-store"),
				Help: message.New("help.private-store"),
			}); err != nil {
				return err
			}
			continue
		}
		cells = append(cells, &tierCell{deployment: d, tier: cluster.Store})
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
	return r.probe(ctx, bare)
}

// saturate finds the largest budget that the tier uses up to 95 %, from 0.5 core down.
func (r *Run) saturate(ctx context.Context, c *tierCell) (bool, error) {
	for _, c.budget = range []float64{0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05} {
		if err := c.deployment.cluster.SetBudget(c.tier, c.budget); err != nil {
			return false, err
		}
		target, err := r.target(c.deployment, c.front)
		if err != nil {
			return false, err
		}
		cell := c.cell(0, 0)
		o := load.ClosedOptions{
			Connections: r.plan.Tiers.Connections, Window: r.plan.Tiers.Slice,
			Meters: load.Meters(c.deployment.cluster, cell),
		}
		row, err := load.Closed(ctx, cell, target, o)
		if err != nil {
			return false, err
		}
		if row.Use[string(c.tier)].CPU.Seconds() >= 0.95*c.budget*row.Elapsed.Seconds() {
			return true, nil
		}
	}
	return false, r.folder.Event(record.Event{
		Kind: record.Skipped, About: c.deployment.scheme.Name,
		Said: message.New("event.not-saturated", "tier", message.Tier(string(c.tier))),
	})
}

func (c *tierCell) cell(round, place int) record.Cell {
	return record.Cell{
		Kind: plan.DemandCell, Scheme: c.deployment.scheme.Name, Tier: string(c.tier), Replicas: 1,
		Round: round, Place: place,
		Budgets: map[string]float64{string(c.tier): c.budget},
	}
}

func (r *Run) visitTier(ctx context.Context, c *tierCell, round, place int) (record.Slice, error) {
	o := load.ClosedOptions{Connections: r.plan.Tiers.Connections, Window: r.plan.Tiers.Slice}
	return r.visit(ctx, c.deployment, c.cell(round, place), c.front, o)
}
