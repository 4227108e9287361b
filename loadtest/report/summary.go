package report

import (
	"fmt"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

func summarySection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "summary", Title: message.New("summary.title")}
	if !anyCost(a) && len(a.Scaling) == 0 {
		s.Text = []message.Message{message.New("summary.nothing")}
		return s
	}
	s.Tables = []page.Table{summary(a)}
	s.Notes = []message.Message{message.New("summary.note-groups"), message.New("summary.note-intervals")}
	if len(milestones(a)) > 0 {
		s.Notes = append(s.Notes, message.New("summary.note-share"))
	}
	return s
}

// summary is the main table.
func summary(a *analysis.Analysis) page.Table {
	shown := milestones(a)
	t := page.Table{Head: page.Head("head.scheme")}
	costed := anyCost(a)
	if costed {
		cost := message.New("summary.cost")
		if withinOneStart(a) {
			cost = message.New("summary.cost-within")
		}
		t.Head = append(append(t.Head, page.Numbers(cost)), page.Head("#head.against")...)
	}
	for _, n := range shown {
		t.Head = append(t.Head, page.Numbers(message.New("summary.throughput", "replicas", page.Replicas(n))))
	}
	if len(shown) > 0 {
		t.Head = append(t.Head, page.Head("summary.first")...)
	}
	columns := columnsOf(a)
	for _, c := range columns {
		t.Head = append(t.Head, c.head)
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		line := page.Cells(scheme.Name)
		if cost := costOf(a, scheme.Name); costed {
			line = append(line, page.Cells(toControl(cost, best(cost)), against(cost))...)
		}
		for _, n := range shown {
			line = append(line, controlCell(a, throughputOf(a, scheme.Name, n)))
		}
		if len(shown) > 0 {
			line = append(line, page.Plain(usedUp(throughputOf(a, scheme.Name, largestOf(a, scheme.Name)))))
		}
		for _, c := range columns {
			line = append(line, c.cell(scheme))
		}
		return []page.Row{{Cells: line}}
	})
	return t
}

// best is the ratio over restarts where there is one, else the one over rounds.
func best(c analysis.Cost) stats.Estimate {
	if c.Ratio.Why.IsZero() {
		return c.Ratio
	}
	return c.Within
}

// toControl prints a ratio to the control; the control's to itself is 1 by definition.
func toControl(c analysis.Cost, e stats.Estimate) string {
	if c.Name == plan.Control && e.Known() {
		return "1"
	}
	return page.Ratio(e)
}

// restarted reports whether costs were measured over enough starts to describe a scheme and not a start.
func restarted(a *analysis.Analysis) bool {
	for _, c := range a.Demand {
		if c.Ratio.Known() && c.Ratio.Why.IsZero() {
			return true
		}
	}
	return false
}

// withinOneStart reports whether the ratios of costs are known only within a start.
func withinOneStart(a *analysis.Analysis) bool { return len(a.Demand) > 0 && !restarted(a) }

// against says whether a scheme differs from the control: never without enough starts and a quiet floor.
func against(c analysis.Cost) string {
	switch {
	case c.Scheme.Name == plan.Control || !c.Within.Known():
		return page.None
	case !c.Resolved:
		return "~"
	default:
		return fmt.Sprintf("%+.0f %%", 100*(c.Ratio.Center-1))
	}
}

// sizes are the smallest and the largest number of replicas that were measured; 0 when none was.
func sizes(a *analysis.Analysis) (smallest, largest int) {
	for _, t := range a.Scaling {
		if smallest == 0 || t.Replicas < smallest {
			smallest = t.Replicas
		}
		largest = max(largest, t.Replicas)
	}
	return smallest, largest
}

// largestOf is the largest size at which a scheme was measured; 0 where it was not.
func largestOf(a *analysis.Analysis, scheme string) (largest int) {
	for _, t := range a.Scaling {
		if t.Name == scheme {
			largest = max(largest, t.Replicas)
		}
	}
	return largest
}

// milestones are the sizes that tell most: the smallest, the largest that all schemes have, and the largest.
func milestones(a *analysis.Analysis) []int {
	smallest, largest := sizes(a)
	if largest == 0 {
		return nil
	}
	common := largest
	for _, scheme := range a.Run.Plan.AllSchemes() {
		own := a.Run.Plan.Scaling.SizesOf(scheme.Name, a.Run.Plan.Scaling.Replicas)
		common = min(common, own[len(own)-1])
	}
	return slices.Compact([]int{smallest, max(smallest, common), largest})
}

func costOf(a *analysis.Analysis, name string) analysis.Cost {
	for _, c := range a.Demand {
		if c.Name == name {
			return c
		}
	}
	return analysis.Cost{}
}

// column is one that a kind of experiment adds to the main table.
type column struct {
	head page.Column
	cell func(plan.Scheme) page.Cell
}

func columnsOf(a *analysis.Analysis) (all []column) {
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(experiment.Columned); ok && found.Known() {
			head, cell := f.Column()
			all = append(all, column{head, cell})
		}
	}
	return all
}

func throughputOf(a *analysis.Analysis, name string, replicas int) analysis.Throughput {
	for _, t := range a.Scaling {
		if t.Name == name && t.Replicas == replicas {
			return t
		}
	}
	return analysis.Throughput{}
}
