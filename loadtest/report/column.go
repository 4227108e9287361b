package report

import (
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// column is one of the main table.
type column struct {
	head page.Column
	cell func(plan.Scheme) page.Cell
	// lacks says why a scheme has no figure in it. A dash alone looks like a measurement that failed, or like nothing.
	lacks func(plan.Scheme) message.Message
}

// of is what a scheme has in the column: a figure, or why there is none.
func (c column) of(s plan.Scheme) page.Cell {
	cell := c.cell(s)
	if c.lacks == nil || cell.Text.String() != page.None {
		return cell
	}
	return page.Grey(c.lacks(s))
}

// noCost says why a scheme has no cost: it is what costs are counted from, or none was found.
func noCost(s plan.Scheme) message.Message {
	if s.Name == plan.Control {
		return message.New("summary.baseline")
	}
	return message.New("summary.not-measured")
}

// untried says why a scheme has no figure of a stage that is about some schemes.
func untried(tried []plan.Scheme, s plan.Scheme) message.Message {
	if slices.ContainsFunc(tried, func(t plan.Scheme) bool { return t.Name == s.Name }) {
		return message.New("summary.not-measured")
	}
	return message.New("summary.not-tried")
}

// unscaled says why a scheme has no throughput with that many replicas, or, for 0, with any number.
func unscaled(a *analysis.Analysis, s plan.Scheme, replicas int) message.Message {
	sizes := a.Run.Plan.Scaling.SizesOf(s.Name, a.Run.Plan.Scaling.Replicas)
	if replicas > 0 && !slices.Contains(sizes, replicas) {
		return message.New("summary.not-tried")
	}
	return untried(a.Run.Plan.AllSchemes(), s)
}

// columnsOf are those that kinds of experiments add.
func columnsOf(a *analysis.Analysis) (all []column) {
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(experiment.Columned); ok && found.Known() {
			head, cell := f.Column()
			all = append(all, column{head, cell, func(s plan.Scheme) message.Message {
				if s.Guarantee == plan.NoGuarantee {
					return message.New("summary.no-login")
				}
				return message.New("summary.not-measured")
			}})
		}
	}
	return all
}
