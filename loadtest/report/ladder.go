package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// ladderSection exists only if the plan asks how CPU per request depends on the load.
func ladderSection(a *analysis.Analysis) []page.Section {
	if a.Run.Plan.Ladder == nil {
		return nil
	}
	s := page.Section{ID: "ladder", Title: message.New("ladder.title")}
	if len(a.Ladder) == 0 {
		s.Text = []message.Message{absent(a, plan.LadderCell, true)}
		return []page.Section{s}
	}
	s.Text = []message.Message{message.New("ladder.text")}
	t := page.Table{
		Caption: message.New("ladder.caption"),
		Head: page.Head("head.scheme", "#head.load", "#head.rate", "#ladder.core", "#costs.us", "#ladder.ratio",
			"#head.switches"),
	}
	t.Grouped(a.Run.Plan.DemandSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, r := range a.Ladder {
			if r.Name == scheme.Name {
				again := "1"
				if r.Share < 1 {
					again = page.Ratio(r.Ratio)
				}
				rows = append(rows, page.Row{Cells: page.Cells(
					r.Name, page.Percent(r.Share), page.Significant(r.Rate), page.Percent(r.Busy),
					page.Interval(r.CPU, page.Significant), again, fmt.Sprintf("%.2f", r.Switches),
				)})
			}
		}
		return rows
	})
	s.Tables = []page.Table{t}
	s.Notes = []message.Message{message.New("ladder.note")}
	return []page.Section{s}
}
