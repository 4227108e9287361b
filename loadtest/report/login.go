package report

import (
	"fmt"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/plan"
)

// loginSection is there only if the plan asks what logins cost.
func loginSection(a *analysis.Analysis) []section {
	l := a.Run.Plan.Logins
	if l == nil {
		return nil
	}
	s := section{ID: "logins", Title: "What a login costs, and what a storm of them does"}
	if len(a.Logins) == 0 {
		s.Text = []string{"What logins cost was not measured, because the run ended before."}
		return []section{s}
	}
	s.Text = []string{fmt.Sprintf("One replica alone on its core, everything else on another, no budget; starts: %d, of which the samples are. Users whose passwords are cheap to check log in, which "+
		"is what it takes to make a login and hand it out; then somebody whose password is hashed as people's are (argon2id, 19 MiB, two passes). Last, users who are logged in ask who they are, "+
		"%g times a second: in the calm, and while %d connections do nothing but log in with such a password.", loginStarts(a), l.Rate, l.Storm)}
	s.Tables = []table{loginTable(a), stormTable(a)}
	s.Notes = []string{
		"A cheap login, as a figure, is one of a load user: its password has 256 bits drawn at random and is stored under a fast hash. No login of a person is as cheap.",
		"Times are from when a request was due, so that one that waits for a busy replica counts its wait; the generator's own lateness in the storm, in the last column, is in them.",
		"A replica checks only so many passwords at once and turns away (503) whoever has waited too long for that; whoever is turned away comes again after a fifth of a second.",
	}
	for _, g := range a.Logins {
		if g.Refused != "" {
			s.Notes = append(s.Notes, fmt.Sprintf("Nothing is shown for %s: %s.", g.Name, g.Refused))
		}
		if len(g.Idle) > 0 {
			s.Notes = append(s.Notes, fmt.Sprintf("What %s costs is withheld for %s: the replica had rest in most starts, or turned tries away, so that its CPU time is no cost.", enumerate(g.Idle), g.Name))
		}
		for _, among := range []struct {
			when string
			of   analysis.Among
		}{{"calm", g.Calm}, {"storm", g.Storm}} {
			if among.of.Withheld != "" {
				s.Notes = append(s.Notes, fmt.Sprintf("Times in the %s are withheld for %s: %s.", among.when, g.Name, among.of.Withheld))
			}
		}
	}
	return []section{s}
}

// loginStarts is at how many starts every row's logins were measured.
func loginStarts(a *analysis.Analysis) int {
	n := a.Run.Plan.Logins.Starts
	for _, l := range a.Logins {
		if l.Refused == "" {
			n = min(n, l.Starts)
		}
	}
	return n
}

// loginRows makes a row of each scheme whose logins were measured.
func (t *table) loginRows(a *analysis.Analysis, line func(analysis.Login) []cell) {
	t.grouped(a.Run.Plan.LoginArms(), func(scheme plan.Scheme) []row {
		for _, l := range a.Logins {
			if l.Name == scheme.Name && l.Refused == "" {
				return []row{{Cells: line(l)}}
			}
		}
		return nil
	})
}

func loginTable(a *analysis.Analysis) table {
	t := table{
		Caption: "A replica's CPU time, µs",
		Head:    []string{"scheme", "#request", "#cheap login", "#÷ request", "#login", "#÷ request", "#store, cheap login"},
	}
	t.loginRows(a, func(l analysis.Login) []cell {
		return cells(l.Name, interval(l.Request, significant), interval(l.Cheap, significant), interval(l.CheapRatio, significant),
			interval(l.Password, significant), interval(l.PasswordRatio, significant), interval(l.Store, significant))
	})
	return t
}

func stormTable(a *analysis.Analysis) table {
	t := table{
		Caption: "Requests of those who are logged in, ms",
		Head:    []string{"scheme", "#p50, calm", "#p50, storm", "#p90, calm", "#p90, storm", "#failed, calm", "#failed, storm", "#logins/s in the storm", "#turned away", "#generator late, p99"},
	}
	t.loginRows(a, func(l analysis.Login) []cell {
		return cells(l.Name, interval(l.Calm.P50, milli), interval(l.Storm.P50, milli), interval(l.Calm.P90, milli), interval(l.Storm.P90, milli),
			failed(l.Calm), failed(l.Storm), interval(l.Stormed, significant), fmt.Sprintf("%.1f %%", 100*l.Turned), duration(l.Storm.Late))
	})
	return t
}

func failed(m analysis.Among) string { return fmt.Sprintf("%.2f %%", 100*m.Failed) }

// milli prints ns in ms.
func milli(v float64) string { return significant(v / float64(time.Millisecond)) }

// loggedIn says what logins cost, and did.
func loggedIn(a *analysis.Analysis) []string {
	if len(a.Logins) == 0 {
		return nil
	}
	var costs, storms, broken []string
	for _, l := range a.Logins {
		if l.PasswordRatio.Known() {
			costs = append(costs, fmt.Sprintf("%s with %s", interval(l.PasswordRatio, significant), l.Name))
		}
		if l.Storm.P90.Known() {
			calm := ""
			if l.Calm.P90.Known() {
				calm = fmt.Sprintf(" (%s in the calm)", interval(l.Calm.P90, milli))
			}
			storms = append(storms, fmt.Sprintf("%s ms%s with %s", interval(l.Storm.P90, milli), calm, l.Name))
		} else if l.Storm.Failed > 0 {
			broken = append(broken, fmt.Sprintf("%s with %s", failed(l.Storm), l.Name))
		}
	}
	var out []string
	if len(costs) > 0 {
		out = append(out, fmt.Sprintf("A login with a password of a person costs a replica as much CPU time as so many requests: %s.", enumerate(costs)))
	}
	while := fmt.Sprintf("While %d connections do nothing but log in at it,", a.Run.Plan.Logins.Storm)
	if len(storms) > 0 {
		out = append(out, fmt.Sprintf("%s one of ten requests of the others takes a replica at least %s.", while, enumerate(storms)))
	}
	if len(broken) > 0 {
		out = append(out, fmt.Sprintf("%s of the requests of the others so many failed: %s.", while, enumerate(broken)))
	}
	return out
}
