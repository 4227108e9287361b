package logins

import (
	"fmt"
	"time"

	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: "logins", Title: "What a login costs, and what a storm of them does"}
	if !f.Known() {
		s.Text = []string{"What logins cost was not measured, because the run ended before."}
		return s
	}
	s.Text = []string{fmt.Sprintf("One replica alone on its core, everything else on another, no budget; starts: %d, of which the samples are. Users whose passwords are cheap to check log in, which "+
		"is what it takes to make a login and hand it out; then somebody whose password is hashed as people's are (argon2id, 19 MiB, two passes). Last, users who are logged in ask who they are, "+
		"%g times a second: in the calm, and while %d connections do nothing but log in with such a password.", f.starts(), f.part.Rate, f.part.Storm)}
	s.Tables = []page.Table{f.costs(), f.storms()}
	s.Notes = []string{
		"A cheap login, as a figure, is one of a load user: its password has 256 bits drawn at random and is stored under a fast hash. No login of a person is as cheap.",
		"Times are from when a request was due, so that one that waits for a busy replica counts its wait; the generator's own lateness in the storm, in the last column, is in them.",
		"A replica checks only so many passwords at once and turns away (503) whoever has waited too long for that; whoever is turned away comes again after a fifth of a second.",
	}
	for _, g := range f.Logins {
		if g.Refused != "" {
			s.Notes = append(s.Notes, fmt.Sprintf("Nothing is shown for %s: %s.", g.Name, g.Refused))
		}
		if len(g.Idle) > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("What %s costs is withheld for %s: the replica had rest in most starts, or turned tries away, so that its CPU time is no cost.", page.Enumerate(g.Idle), g.Name))
		}
		for _, among := range []struct {
			when string
			of   Among
		}{{"calm", g.Calm}, {"storm", g.Storm}} {
			if among.of.Withheld != "" {
				s.Notes = append(s.Notes, fmt.Sprintf("Times in the %s are withheld for %s: %s.", among.when, g.Name, among.of.Withheld))
			}
		}
	}
	return s
}

// starts is at how many starts every row's logins were measured.
func (f *Findings) starts() int {
	n := f.part.Starts
	for _, l := range f.Logins {
		if l.Refused == "" {
			n = min(n, l.Starts)
		}
	}
	return n
}

// rows makes a row of each scheme whose logins were measured.
func (f *Findings) rows(t *page.Table, line func(Login) []page.Cell) {
	t.Grouped(f.schemes, func(scheme plan.Scheme) []page.Row {
		for _, l := range f.Logins {
			if l.Name == scheme.Name && l.Refused == "" {
				return []page.Row{{Cells: line(l)}}
			}
		}
		return nil
	})
}

func (f *Findings) costs() page.Table {
	t := page.Table{
		Caption: "A replica's CPU time, µs",
		Head:    []string{"scheme", "#request", "#cheap login", "#÷ request", "#login", "#÷ request", "#store, cheap login"},
	}
	f.rows(&t, func(l Login) []page.Cell {
		return page.Cells(l.Name, page.Interval(l.Request, page.Significant), page.Interval(l.Cheap, page.Significant), page.Interval(l.CheapRatio, page.Significant),
			page.Interval(l.Password, page.Significant), page.Interval(l.PasswordRatio, page.Significant), page.Interval(l.Store, page.Significant))
	})
	return t
}

func (f *Findings) storms() page.Table {
	t := page.Table{
		Caption: "Requests of those who are logged in, ms",
		Head:    []string{"scheme", "#p50, calm", "#p50, storm", "#p90, calm", "#p90, storm", "#failed, calm", "#failed, storm", "#logins/s in the storm", "#turned away", "#generator late, p99"},
	}
	f.rows(&t, func(l Login) []page.Cell {
		return page.Cells(l.Name, page.Interval(l.Calm.P50, milli), page.Interval(l.Storm.P50, milli), page.Interval(l.Calm.P90, milli), page.Interval(l.Storm.P90, milli),
			failed(l.Calm), failed(l.Storm), page.Interval(l.Stormed, page.Significant), fmt.Sprintf("%.1f %%", 100*l.Turned), page.Duration(l.Storm.Late))
	})
	return t
}

func failed(m Among) string { return fmt.Sprintf("%.2f %%", 100*m.Failed) }

// milli prints ns in ms.
func milli(v float64) string { return page.Significant(v / float64(time.Millisecond)) }

// Answer implements experiment.Findings: it says what logins cost, and did.
func (f *Findings) Answer() []string {
	if len(f.Logins) == 0 {
		return nil
	}
	var costs, storms, broken []string
	for _, l := range f.Logins {
		if l.PasswordRatio.Known() {
			costs = append(costs, fmt.Sprintf("%s with %s", page.Interval(l.PasswordRatio, page.Significant), l.Name))
		}
		if l.Storm.P90.Known() {
			calm := ""
			if l.Calm.P90.Known() {
				calm = fmt.Sprintf(" (%s in the calm)", page.Interval(l.Calm.P90, milli))
			}
			storms = append(storms, fmt.Sprintf("%s ms%s with %s", page.Interval(l.Storm.P90, milli), calm, l.Name))
		} else if l.Storm.Failed > 0 {
			broken = append(broken, fmt.Sprintf("%s with %s", failed(l.Storm), l.Name))
		}
	}
	var out []string
	if len(costs) > 0 {
		out = append(out, fmt.Sprintf("A login with a password of a person costs a replica as much CPU time as so many requests: %s.", page.Enumerate(costs)))
	}
	while := fmt.Sprintf("While %d connections do nothing but log in at it,", f.part.Storm)
	if len(storms) > 0 {
		out = append(out, fmt.Sprintf("%s one of ten requests of the others takes a replica at least %s.", while, page.Enumerate(storms)))
	}
	if len(broken) > 0 {
		out = append(out, fmt.Sprintf("%s of the requests of the others so many failed: %s.", while, page.Enumerate(broken)))
	}
	return out
}
