package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

func costSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "cost", Title: message.New("costs.title")}
	if !anyCost(a) {
		s.Text = []message.Message{absent(a, plan.DemandCell, a.Run.Plan.Demand != nil)}
	} else {
		s.Text = []message.Message{message.New("costs.text", "floor", floor(a))}
		s.Charts = costChart(a)
		s.Tables = []page.Table{costTable(a), wireTable(a)}
		s.Notes = costNotes(a)
	}
	if len(a.Latency) > 0 {
		s.Tables = append(s.Tables, rateTable(a))
		s.Notes = append(s.Notes, message.New("costs.note-rates"))
		for _, x := range a.Latency {
			if x.Name == plan.Control && !x.Load.Drift.IsZero() {
				s.Notes = append(s.Notes, message.New("costs.note-rate-drift", "rate", x.Rate, "why", x.Load.Drift))
			}
		}
	}
	if len(a.Tiers) > 0 {
		s.Tables = append(s.Tables, tierTable(a))
		s.Notes = append(s.Notes, message.New("costs.note-tiers"))
		for _, c := range a.Tiers {
			if !c.Withheld.IsZero() {
				s.Notes = append(s.Notes, message.New("costs.note-tier-withheld",
					"tier", message.Tier(c.Tier), "scheme", c.Scheme, "why", c.Withheld))
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

// floor says how well the control agrees with itself.
func floor(a *analysis.Analysis) message.Message {
	if !a.Floor.Known() {
		return message.Message{}
	}
	resolved := message.Message{}
	if a.Floor.Why.IsZero() {
		resolved = message.New("costs.resolved", "samples", a.Floor.N, "width", a.Floor.Width())
	}
	return message.New("costs.floor", "twin", plan.Twin, "ratio", page.Ratio(a.Floor), "resolved", resolved)
}

func costTable(a *analysis.Analysis) page.Table {
	over := restarted(a)
	t := page.Table{Caption: message.New("costs.caption"), Head: page.Head("head.scheme", "#costs.us", "#costs.within")}
	if over {
		t.Head = page.Head("head.scheme", "#costs.us", "#costs.over-starts", "#costs.over-rounds")
	}
	t.Head = append(t.Head, page.Head("#costs.added", "#costs.gc", "#costs.heap")...)
	t.Grouped(a.Run.Plan.CostSchemes(), func(scheme plan.Scheme) []page.Row {
		c := costOf(a, scheme.Name)
		if c.As != "" {
			same := page.Row{Cells: page.Cells(c.Name, message.New("costs.as", "scheme", c.As))}
			for len(same.Cells) < len(t.Head) {
				same.Cells = append(same.Cells, page.Plain(page.None))
			}
			return []page.Row{same}
		}
		line := page.Cells(c.Name, absolute(c.CPU, c.Thirds, a.DemandDrift, page.Significant))
		if over {
			line = append(line, page.Plain(toControl(c, c.Ratio)))
		}
		return []page.Row{{Cells: append(append(line, page.Plain(toControl(c, c.Within))), costCells(a, c)...)}}
	})
	return t
}

func costCells(a *analysis.Analysis, c analysis.Cost) []page.Cell {
	added := page.Cell{Text: page.Plain(page.Interval(c.Added, page.Significant)).Text, Grey: !a.DemandDrift.IsZero()}
	switch {
	case c.Name == plan.Control:
		added = page.Plain(page.None)
	case c.Within.Known() && !c.Resolved:
		added.Text = message.New("costs.unresolved", "added", added.Text)
	}
	gc, heap := page.None, page.None
	if c.Collector != nil {
		gc, heap = fmt.Sprintf("%.2f", c.Collector.CPU), fmt.Sprintf("%.1f", c.Collector.LiveHeap/(1<<20))
	}
	return page.Cells(added, gc, heap)
}

// wireTable is what a request takes besides CPU time.
func wireTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: message.New("costs.caption-else"), Head: page.Head("head.scheme", "#head.switches",
		"#costs.bytes-in", "#costs.bytes-out", "#head.operations", "#costs.by-design", "#costs.replica-user",
		"#costs.store-user")}
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
		replica = fmt.Sprintf("%.0f", max(0, m.Replica)) // less than the control's is noise
		if m.Store > 0 {
			store = fmt.Sprintf("%.0f", m.Store)
		}
	}
	return replica, store
}

func costNotes(a *analysis.Analysis) []message.Message {
	notes := []message.Message{message.New("costs.note-few-starts")}
	if restarted(a) {
		notes = []message.Message{message.New("costs.note-starts")}
	}
	var moved []message.Message
	for _, c := range a.Demand {
		if c.Moved && c.As == "" {
			moved = append(moved, message.Text(c.Name))
		}
	}
	if len(moved) > 0 {
		notes = append(notes, message.New("costs.note-moved", "schemes", moved))
	}
	for _, c := range a.Demand {
		if !c.Withheld.IsZero() {
			notes = append(notes, message.New("costs.note-withheld", "scheme", c.Name, "why", c.Withheld))
		}
	}
	if !a.Heaps.IsZero() {
		notes = append(notes, message.New("costs.note-heaps", "why", a.Heaps))
	}
	return append(notes, message.New("costs.note-columns"))
}

func tierTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: message.New("costs.caption-tiers"), Head: page.Head("costs.part", "costs.requests-of",
		"#costs.budget", "#costs.us", "#head.slices")}
	for _, c := range a.Tiers {
		if !c.Withheld.IsZero() {
			t.Add(message.Tier(c.Tier), c.Scheme, page.None, page.Grey(message.New("kind.withheld")), page.None)
			continue
		}
		slices := page.Plain(c.CPU.N)
		if c.Others > 0 {
			slices = page.Plain(message.New("costs.slices", "slices", c.CPU.N, "others", c.Others))
		}
		t.Add(message.Tier(c.Tier), c.Scheme, fmt.Sprintf("%.2f", c.Budget),
			absolute(c.CPU, c.Thirds, c.Drift, page.Significant), slices)
	}
	return t
}
