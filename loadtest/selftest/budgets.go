package selftest

import (
	"context"
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// budgetConnections are held open for each replica with a budget, as many as in a scaling cell.
const budgetConnections = 32

// budgets lets a saturated control use up each budget, in slices like those of scaling cells.
func (s *Test) budgets(ctx context.Context) error {
	if m := s.Lab.Budgets(); m.Name == "none" {
		s.result.NoBudgets = m.Why
		return nil
	}
	var servers []*server
	defer func() {
		for _, a := range servers {
			a.stop(ctx)
		}
	}()
	for _, cores := range s.Form.Budgets {
		a, err := s.startRow(ctx, fmt.Sprintf("budget-%g", cores), plan.Control,
			cluster.Spec{Budgets: map[cluster.Tier]float64{cluster.Replica: cores}})
		if err != nil {
			return err
		}
		servers = append(servers, a)
		if err := a.cluster.Limit(); err != nil {
			return err
		}
	}
	cells := make([][]measure.Measurement, len(servers))
	for round := range s.Form.BudgetRounds {
		s.Doing(fmt.Sprintf("round %d of %d", round+1, s.Form.BudgetRounds))
		for place, i := range s.Plan.Shuffle(plan.ScalingCell, round, len(servers)) {
			row, err := servers[i].saturate(ctx, record.Cell{
				Kind: plan.ScalingCell, Round: round, Place: place, Budgets: servers[i].cluster.Budgeted(cluster.Front{Size: 1},
					s.Form.Budgets[i], s.Form.Budgets[i]),
			}, load.ClosedOptions{
				Connections: budgetConnections, Window: s.Form.BudgetSlice,
				Warmup: plan.Budget(s.Form.Budgets[i]).Warmup(),
			})
			if err != nil {
				return err
			}
			cells[i] = append(cells[i], measure.Measure(row))
		}
	}
	for i, cores := range s.Form.Budgets {
		s.result.Budgets = append(s.result.Budgets, analysis.SelftestBudget(cores, cells[i]))
	}
	return nil
}
