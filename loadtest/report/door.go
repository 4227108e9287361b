package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// DoorTable is the README's table in Markdown, for a run that measured costs and throughput. For each scheme it says
// when an ended login stops working, what a request costs a replica, and how throughput grows. It has no groups, so
// that the guarantee stands beside its price.
func DoorTable(a *analysis.Analysis) string {
	smallest, largest := sizes(a)
	t := page.Table{Head: []string{
		"scheme", "an ended login stops", "#CPU ÷ control (added µs)",
		fmt.Sprintf("#answers/s, %s ÷ %d", page.Replicas(largest), smallest),
	}}
	for _, s := range page.ByGuarantee(a.Run.Plan.AllSchemes()) {
		speedup := speedupCell(a, throughputOf(a, s.Name, largest))
		t.Rows = append(t.Rows,
			page.Row{Cells: []page.Cell{{Text: s.Name}, {Text: promise(s)}, doorCost(a, costOf(a, s.Name)), speedup}})
	}
	return t.Markdown()
}

// promise says in a few words when an ended login stops working.
func promise(s plan.Scheme) string {
	if s.Guarantee == plan.NoGuarantee {
		return page.None
	}
	return string(s.Guarantee)
}

// doorCost is a ratio and, where the scheme differs from the control, the µs that it adds.
func doorCost(a *analysis.Analysis, c analysis.Cost) page.Cell {
	if c.As != "" {
		return page.Cell{Text: "as " + c.As}
	}
	text := toControl(c, best(c))
	if c.Resolved && a.DemandDrift.IsZero() {
		text += fmt.Sprintf(" (%s)", page.Significant(c.Added.Center))
	}
	return page.Cell{Text: text}
}
