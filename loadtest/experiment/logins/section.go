package logins

import (
	"fmt"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: message.New("logins.title")}
	if !f.Known() {
		s.Text = []message.Message{message.New("logins.not-measured")}
		return s
	}
	s.Text = []message.Message{message.New("logins.text",
		"starts", f.starts(), "rate", f.part.Rate, "connections", f.part.Storm)}
	s.Tables = []page.Table{f.costs(), f.storms()}
	s.Notes = []message.Message{
		message.New("logins.note-cheap"), message.New("logins.note-due"),
		message.New("logins.note-turned-away"),
	}
	for _, g := range f.Logins {
		if !g.Refused.IsZero() {
			s.Notes = append(s.Notes, message.New("kind.refused", "scheme", g.Name, "why", g.Refused))
		}
		if len(g.Idle) > 0 {
			s.Notes = append(s.Notes, message.New("logins.note-idle", "scheme", g.Name, "what", g.Idle))
		}
		for _, among := range []struct {
			when message.Message
			of   Among
		}{{message.New("logins.calm"), g.Calm}, {message.New("logins.storm"), g.Storm}} {
			if !among.of.Withheld.IsZero() {
				s.Notes = append(s.Notes, message.New("logins.note-withheld",
					"when", among.when, "scheme", g.Name, "why", among.of.Withheld))
			}
		}
	}
	return s
}

// starts is the number of starts at which the logins of every scheme were measured.
func (f *Findings) starts() int {
	n := f.part.Starts
	for _, l := range f.Logins {
		if l.Refused.IsZero() {
			n = min(n, l.Starts)
		}
	}
	return n
}

// rows makes a row for each scheme whose logins were measured.
func (f *Findings) rows(t *page.Table, line func(Login) []page.Cell) {
	t.Grouped(f.schemes, func(scheme plan.Scheme) []page.Row {
		for _, l := range f.Logins {
			if l.Name == scheme.Name && l.Refused.IsZero() {
				return []page.Row{{Cells: line(l)}}
			}
		}
		return nil
	})
}

func (f *Findings) costs() page.Table {
	t := page.Table{
		Caption: message.New("logins.caption-costs"),
		Head: page.Head("head.scheme", "#logins.request", "#logins.cheap", "#logins.to-request",
			"#logins.login", "#logins.to-request", "#logins.store"),
	}
	f.rows(&t, func(l Login) []page.Cell {
		line := page.Cells(l.Name)
		for _, e := range []stats.Estimate{l.Request, l.Cheap, l.CheapRatio, l.Password, l.PasswordRatio, l.Store} {
			line = append(line, page.Plain(page.Interval(e, page.Significant)))
		}
		return line
	})
	return t
}

func (f *Findings) storms() page.Table {
	t := page.Table{
		Caption: message.New("logins.caption-storms"),
		Head: page.Head("head.scheme", "#logins.p50-calm", "#logins.p50-storm", "#logins.p90-calm", "#logins.p90-storm",
			"#logins.failed-calm", "#logins.failed-storm", "#logins.stormed", "#logins.turned-away", "#logins.lag"),
	}
	f.rows(&t, func(l Login) []page.Cell {
		return page.Cells(l.Name, page.Interval(l.Calm.P50, milli), page.Interval(l.Storm.P50, milli),
			page.Interval(l.Calm.P90, milli), page.Interval(l.Storm.P90, milli),
			failed(l.Calm), failed(l.Storm), page.Interval(l.Stormed, page.Significant),
			fmt.Sprintf("%.1f %%", 100*l.Turned), page.Duration(l.Storm.Late))
	})
	return t
}

func failed(m Among) string { return fmt.Sprintf("%.2f %%", 100*m.Failed) }

// milli prints ns in ms.
func milli(v float64) string { return page.Significant(v / float64(time.Millisecond)) }

// Answer implements experiment.Findings: what logins cost, and what a storm of them did.
func (f *Findings) Answer() []message.Message {
	if len(f.Logins) == 0 {
		return nil
	}
	var costs, storms, broken []message.Message
	for _, l := range f.Logins {
		if l.PasswordRatio.Known() {
			costs = append(costs, message.New("kind.with",
				"figure", page.Interval(l.PasswordRatio, page.Significant), "scheme", l.Name))
		}
		storm := page.Interval(l.Storm.P90, milli)
		switch {
		case l.Storm.P90.Known() && l.Calm.P90.Known():
			storms = append(storms, message.New("logins.slower",
				"storm", storm, "calm", page.Interval(l.Calm.P90, milli), "scheme", l.Name))
		case l.Storm.P90.Known():
			storms = append(storms, message.New("logins.slow", "storm", storm, "scheme", l.Name))
		case l.Storm.Failed > 0:
			broken = append(broken, message.New("kind.with", "figure", failed(l.Storm), "scheme", l.Name))
		}
	}
	var out []message.Message
	if len(costs) > 0 {
		out = append(out, message.New("logins.answer-costs", "costs", costs))
	}
	if len(storms) > 0 {
		out = append(out, message.New("logins.answer-storm", "connections", f.part.Storm, "storms", storms))
	}
	if len(broken) > 0 {
		out = append(out, message.New("logins.answer-failed", "connections", f.part.Storm, "broken", broken))
	}
	return out
}
