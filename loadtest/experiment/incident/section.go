package incident

import (
	"fmt"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: message.New("incident.title")}
	if !f.Known() {
		s.Text = []message.Message{message.New("incident.not-measured")}
		return s
	}
	s.Text = []message.Message{message.New("incident.text", "replicas", page.Replicas(f.part.Replicas),
		"times", f.part.Times, "fault", f.part.Fault, "rate", f.rate)}
	if f.rate < f.part.Rate {
		s.Text = append(s.Text, message.New("incident.lowered", "wanted", f.part.Rate, "rate", f.rate))
	}
	if f.again > 0 {
		s.Text = append(s.Text, message.New("incident.made-again", "n", f.again, "late", page.Duration(most)))
	}
	s.Tables = []page.Table{f.matrix()}
	for _, i := range f.part.Incidents() {
		s.Tables = append(s.Tables, f.table(i))
		if chart, ok := f.chart(i); ok {
			s.Charts = append(s.Charts, chart)
		}
	}
	s.Notes = []message.Message{
		message.New("incident.note-verdicts", "least", Enough, "late", page.Duration(most)),
		message.New("incident.note-figures"),
		message.New("incident.note-admitted"),
	}
	return s
}

// matrix has a row for each incident, and a column for each scheme.
func (f *Findings) matrix() page.Table {
	t := page.Table{Open: true, Caption: message.New("incident.caption-matrix"), Head: page.Head("incident.fault")}
	for _, s := range f.schemes {
		t.Head = append(t.Head, page.Column{Name: message.Text(s.Name)})
	}
	for _, i := range f.part.Incidents() {
		row := page.Cells(i.Title)
		for _, s := range f.schemes {
			cell := f.of(i.Name, s.Name).worst()
			if _, drawn := f.chart(i); drawn {
				cell.To = "#" + i.anchor()
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, page.Row{Cells: row})
	}
	return t
}

// worst is a cell of the matrix: the worst figure. Only what was not expected has a verdict before it: "as expected"
// beside 45 % of failures reads as a contradiction, and in every cell it hides the others.
func (c *Cell) worst() page.Cell {
	switch {
	case c == nil:
		return page.Plain(page.None)
	case c.Verdict == Unable || c.Verdict == Unknown:
		return page.Grey(word(c.Verdict))
	case c.Verdict == Broken:
		return page.Bad(message.New("incident.cell-broken", "verdict", word(c.Verdict), "figure", c.figure()))
	}
	return page.Plain(c.figure())
}

func (c *Cell) figure() message.Message {
	w := c.Worst
	switch {
	case w.Admitted > 0 && !c.endsBySelf():
		return message.New("incident.cell-admitted", "n", w.Admitted)
	case w.Lost > 0:
		return message.New("incident.cell-lost", "n", w.Lost)
	case w.Failed > 0:
		return message.New("incident.cell-failed", "share", page.Percent(share(w)))
	case w.Logins.Done < w.Logins.Tried:
		return message.New("incident.cell-logins", "n", w.Logins.Tried-w.Logins.Done, "of", w.Logins.Tried)
	}
	return message.New("incident.cell-clean")
}

func share(f Figures) float64 { return float64(f.Failed) / float64(max(1, f.Asked)) }

func word(v Verdict) message.Message {
	switch v {
	case Held:
		return message.New("incident.held")
	case Broken:
		return message.New("incident.broken")
	case Unable:
		return message.New("incident.unable")
	default:
		return message.New("incident.unknown")
	}
}

// table has the figures of one incident.
func (f *Findings) table(i Incident) page.Table {
	t := page.Table{
		Caption: message.New("incident.caption", "incident", i.Title, "hypothesis", i.Hypothesis),
		Head: page.Head("head.scheme", "incident.verdict", "#incident.failed", "#incident.refused", "#incident.admitted",
			"#incident.logged-out", "#incident.lost", "#incident.longest", "#incident.noticed", "#incident.recovered",
			"#incident.p99", "#incident.logins", "#incident.logouts"),
	}
	switch i.Deed {
	case TabsRenew:
		t.Head = append(t.Head, page.Head("#incident.clients-tabs")...)
	case Overtaken:
		t.Head = append(t.Head, page.Head("#incident.clients-slow")...)
	}
	t.Head = append(t.Head, page.Head("incident.why")...)
	t.Grouped(f.schemes, func(s plan.Scheme) []page.Row {
		if c := f.of(i.Name, s.Name); c != nil {
			return []page.Row{{Cells: c.line(i.Deed != "")}}
		}
		return nil
	})
	return t
}

// line is a row: with what clients did where that is asked for.
func (c *Cell) line(clients bool) []page.Cell {
	w := c.Worst
	var why any = page.None
	switch {
	case len(c.Why) > 0:
		why = message.New("incident.reasons", "reasons", c.Why)
	case !c.Touched && c.Incident != Calm:
		why = message.New("incident.untouched")
	}
	if c.Verdict == Unable {
		cells := page.Cells(c.Name, word(c.Verdict), page.None, page.None, page.None, page.None, page.None, page.None,
			page.None, page.None, page.None, page.None, page.None)
		if clients {
			cells = append(cells, page.Plain(page.None))
		}
		return append(cells, page.Plain(why))
	}
	cells := page.Cells(c.Name, word(c.Verdict), page.Percent(share(w)), w.Refused, w.Admitted, w.LoggedOut, w.Lost,
		after(w.Longest), after(w.Noticed), after(w.Recovered), page.Duration(w.P99), made(w.Logins), made(w.Logouts))
	if clients {
		cells = append(cells, page.Plain(w.Clients.shown()))
	}
	return append(cells, page.Plain(why))
}

// after is a time; none where nothing happened.
func after(d time.Duration) any {
	if d <= 0 {
		return page.None
	}
	return page.Duration(d)
}

func made(t Tries) any {
	if t.Tried == 0 {
		return page.None
	}
	return fmt.Sprintf("%d/%d", t.Done, t.Tried)
}

func (c *Clients) shown() any {
	if c == nil || c.Tried == 0 {
		return page.None
	}
	return fmt.Sprintf("%d/%d", c.Done, c.Tried)
}

// Answer says how many hypotheses held, and names those that broke.
func (f *Findings) Answer() []message.Message {
	count := f.count()
	var broken []message.Message
	for _, c := range f.Cells {
		if i, _ := named(c.Incident); c.Verdict == Broken {
			broken = append(broken, message.New("incident.broken-cell", "scheme", c.Name, "incident", i.Title))
		}
	}
	if len(f.Cells) == 0 {
		return nil
	}
	out := []message.Message{message.New("incident.answer", "held", count[Held],
		"of", count[Held]+count[Broken]+count[Unknown], "unknown", count[Unknown])}
	if len(broken) > 0 {
		out = append(out, message.New("incident.answer-broken", "cells", broken))
	}
	return out
}
