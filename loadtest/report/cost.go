package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

func costSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "cost", Title: "Cost of a request, by tier"}
	if !anyCost(a) {
		s.Text = []string{absent(a, plan.DemandCell, a.Run.Plan.Demand != nil) + "."}
	} else {
		s.Text = []string{"One replica, saturated and alone on its core, everything else on another, no budget. The ratio " +
			"to the control is paired within a round." + floor(a)}
		s.Charts = costChart(a)
		s.Tables = []page.Table{costTable(a), wireTable(a)}
		s.Notes = costNotes(a)
	}
	if len(a.Tiers) > 0 {
		s.Tables = append(s.Tables, tierTable(a))
		s.Notes = append(s.Notes, "The store and the balancer are too fast for one replica to saturate; a budget on them "+
			"alone does it. A smaller budget makes each request cost more, so these figures are never added to a replica's.")
		for _, c := range a.Tiers {
			if !c.Withheld.IsZero() {
				s.Notes = append(s.Notes, fmt.Sprintf("No cost of the %s is shown for requests of %s: %s.", c.Tier, c.Arm,
					c.Withheld))
			}
		}
	}
	return s
}

// anyCost reports whether the cost of any scheme was measured.
func anyCost(a *analysis.Analysis) bool {
	for _, c := range a.Demand {
		if c.CPU.Known() {
			return true
		}
	}
	return false
}

func floor(a *analysis.Analysis) string {
	if !a.Floor.Known() {
		return ""
	}
	floor := " The control against itself (" + plan.Twin + ") is the noise floor that every other ratio carries too: " +
		page.Ratio(a.Floor) + "."
	if a.Floor.Why == "" {
		floor += fmt.Sprintf(" With %d samples of it, a difference below %.1f %% could not have been resolved.", a.Floor.N,
			100*a.Floor.Width())
	}
	return floor
}

func costTable(a *analysis.Analysis) page.Table {
	over := restarted(a)
	t := page.Table{Caption: "A replica's CPU time for GET /v1/me", Head: []string{
		"scheme", "#µs", "#÷ control, within one start",
	}}
	if over {
		t.Head = []string{"scheme", "#µs", "#÷ control, over starts", "#÷ control, over rounds"}
	}
	t.Head = append(t.Head, "#added µs", "#against control", "#GC, µs of it", "#live heap, MiB")
	t.Grouped(a.Run.Plan.CostSchemes(), func(scheme plan.Scheme) []page.Row {
		c := costOf(a, scheme.Name)
		if c.As != "" {
			same := page.Row{Cells: page.Cells(c.Name, "as "+c.As)}
			for len(same.Cells) < len(t.Head) {
				same.Cells = append(same.Cells, page.Cell{Text: page.None})
			}
			return []page.Row{same}
		}
		line := []page.Cell{{Text: c.Name}, absolute(c.CPU, c.Thirds, a.DemandDrift, page.Significant)}
		if over {
			line = append(line, page.Cell{Text: toControl(c, c.Ratio)})
		}
		return []page.Row{{Cells: append(append(line, page.Cells(toControl(c, c.Within))...), costCells(a, c)...)}}
	})
	return t
}

func costCells(a *analysis.Analysis, c analysis.Cost) []page.Cell {
	added := page.Cell{Text: page.Interval(c.Added, page.Significant), Grey: !a.DemandDrift.IsZero()}
	if c.Name == plan.Control {
		added = page.Cell{Text: page.None}
	}
	gc, heap := page.None, page.None
	if c.Collector != nil {
		gc, heap = fmt.Sprintf("%.2f", c.Collector.CPU), fmt.Sprintf("%.1f", c.Collector.LiveHeap/(1<<20))
	}
	return append([]page.Cell{added}, page.Cells(against(c), gc, heap)...)
}

// wireTable is what a request takes besides CPU time.
func wireTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: "What else GET /v1/me takes", Head: []string{
		"scheme", "#context switches", "#bytes in", "#bytes out", "#store operations", "#by design",
		"#replica, bytes a user", "#store, bytes a user",
	}}
	t.Grouped(a.Run.Plan.CostSchemes(), func(scheme plan.Scheme) []page.Row {
		c := costOf(a, scheme.Name)
		if c.As != "" || !c.CPU.Known() {
			return nil
		}
		replica, store := userBytes(c)
		return []page.Row{{Cells: page.Cells(c.Name, fmt.Sprintf("%.2f", c.Switches), fmt.Sprintf("%.0f", c.BytesIn),
			fmt.Sprintf("%.0f", c.BytesOut),
			fmt.Sprintf("%.2f", c.StoreOps), fmt.Sprintf("%g", scheme.StoreOps), replica, store)}}
	})
	return t
}

// userBytes prints what a login takes in a replica and in the store.
func userBytes(c analysis.Cost) (replica, store string) {
	replica, store = page.None, page.None
	if m := c.Memory; m != nil && c.Name != plan.Control {
		replica = fmt.Sprintf("%.0f", m.Replica)
		if m.Store > 0 {
			store = fmt.Sprintf("%.0f", m.Store)
		}
	}
	return replica, store
}

func costNotes(a *analysis.Analysis) []string {
	var notes []string
	if restarted(a) {
		notes = append(notes, "Starts of one and the same program differ by more than their intervals, so only the ratio "+
			"over starts decides: its samples are the medians of each start.")
	} else {
		notes = append(notes, "Starts of one and the same program differ by more than their intervals; this run has fewer "+
			"than 6, so its ratios are those of these starts, and no row is called more or less costly.")
	}
	for _, c := range a.Demand {
		if !c.Withheld.IsZero() {
			notes = append(notes, fmt.Sprintf("No cost is shown for %s: %s. The table of what was not measured says what stood "+
				"in the way.", c.Name, c.Withheld))
		}
	}
	if !a.Heaps.IsZero() {
		notes = append(notes, "Mind the heaps: "+a.Heaps.String()+".")
	}
	return append(notes, "GC is the garbage collector's part of the CPU time. Context switches are the replica's, per "+
		"request; bytes are on the wire, headers included, as the client sees them; store operations are counted by the "+
		"store itself, and a slice with others than the row's design says does not count. Bytes a user are the live heap "+
		"beyond the control's, with what the program itself needs more than that, and the growth of the store when "+
		"all users signed in, by its own count.")
}

func tierTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: "The shared parts' CPU time for a request", Head: []string{
		"part", "requests of", "#budget, cores", "#µs", "#slices",
	}}
	for _, c := range a.Tiers {
		if !c.Withheld.IsZero() {
			t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
				{Text: c.Tier},
				{Text: c.Arm},
				{Text: page.None},
				page.Grey("withheld"),
				{Text: page.None},
			}})
			continue
		}
		slices := fmt.Sprint(c.CPU.N)
		if c.Others > 0 {
			slices += fmt.Sprintf(" (%d under other budgets left out)", c.Others)
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			{Text: c.Tier},
			{Text: c.Arm},
			{Text: fmt.Sprintf("%.2f", c.Budget)},
			absolute(c.CPU, c.Thirds, c.Drift, page.Significant),
			{Text: slices},
		}})
	}
	return t
}
