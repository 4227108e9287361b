package replay

import (
	"math"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: message.New("replay.title")}
	if !f.Known() {
		s.Text = []message.Message{message.New("replay.not-measured")}
		return s
	}
	s.Text = []message.Message{
		message.New("replay.text", "starts", f.part.Starts, "rounds", f.part.Rounds, "slice", f.part.Slice),
		message.New("replay.assumes"),
	}
	s.Tables = []page.Table{f.table()}
	s.Notes = []message.Message{message.New("replay.note-counts"), message.New("replay.note-lacks", "lanes", f.part.Lanes)}
	for _, c := range f.Carried {
		if !c.Withheld.IsZero() {
			s.Notes = append(s.Notes, message.New("kind.refused", "scheme", c.Name, "why", c.Withheld))
		}
		for _, d := range c.Doubts {
			s.Notes = append(s.Notes, message.New("replay.note-doubt",
				"scheme", c.Name, "rounds", d.Rounds, "of", c.Rounds, "why", d.Why))
		}
	}
	return s
}

func (f *Findings) table() page.Table {
	t := page.Table{
		Caption: message.New("replay.caption"), Open: true, // the first screen has a figure of it
		Head: page.Head("head.scheme", "#replay.replica", "#replay.store", "#replay.commands", "#replay.batch",
			"#replay.replicas", "#replay.rate"),
	}
	t.Grouped(f.schemes, func(scheme plan.Scheme) []page.Row {
		for _, c := range f.Carried {
			if c.Name == scheme.Name {
				return []page.Row{{Cells: cells(c)}}
			}
		}
		return nil
	})
	return t
}

func cells(c Carried) []page.Cell {
	none := page.None
	switch {
	case c.AsksNone:
		return page.Cells(c.Name, none, none, "0", none, message.New("replay.never"), none)
	case !c.Withheld.IsZero():
		return []page.Cell{
			page.Plain(c.Name),
			page.Grey(none), page.Grey(none), page.Grey(none), page.Grey(none),
			page.Grey(message.New("kind.withheld")), page.Grey(none),
		}
	}
	return page.Cells(c.Name, page.Interval(c.Replica, page.Significant), page.Interval(c.Store, page.Significant),
		page.Significant(c.Commands), page.Significant(c.Depth), page.Interval(c.Replicas, page.Significant),
		page.Interval(c.Rate, rounded))
}

// rounded has three digits at most: more would not be credible.
func rounded(v float64) string {
	unit := math.Pow(10, math.Max(0, math.Floor(math.Log10(v))-2))
	return page.Significant(math.Round(v/unit) * unit)
}

// Answer implements experiment.Findings: how many replicas a store carries.
func (f *Findings) Answer() []message.Message {
	var carried []message.Message
	for _, c := range f.Carried {
		if c.Replicas.Known() {
			carried = append(carried, message.New("kind.with",
				"figure", page.Interval(c.Replicas, page.Significant), "scheme", c.Name))
		}
	}
	if len(carried) == 0 {
		return nil
	}
	return []message.Message{message.New("replay.answer", "carried", carried)}
}
