package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// ladderSection exists only if the plan asks how CPU per request depends on the load.
func ladderSection(a *analysis.Analysis) []page.Section {
	if a.Run.Plan.Ladder == nil {
		return nil
	}
	s := page.Section{ID: "ladder", Title: "What a request takes at less than full load"}
	if len(a.Ladder) == 0 {
		s.Text = []string{absent(a, plan.LadderCell, true) + "."}
		return []page.Section{s}
	}
	s.Text = []string{"One replica alone on its core, without a budget, at shares of the rate that saturates it (open " +
		"loop) and at saturation (closed loop), paired within a round. With little to do it is woken for each request; " +
		"busy, it finds the next one waiting."}
	t := page.Table{
		Caption: "A replica's CPU time for GET /v1/me, by load",
		Head:    []string{"scheme", "#load", "#requests/s", "#core used", "#µs", "#÷ at saturation", "#context switches"},
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
	s.Notes = []string{"So CPU for a request at a fixed rate is a figure of the rate, and no row is said to cost more " +
		"for it: costs are those at saturation."}
	return []page.Section{s}
}
