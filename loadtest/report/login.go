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
		"%g times a second: in the calm, and while %d connections do nothing but log in with such a password.", l.Starts, l.Rate, l.Storm)}
	s.Tables = []table{loginTable(a), stormTable(a)}
	s.Notes = []string{
		"A cheap login, as a figure, is one of a load user: its password has 256 bits drawn at random and is stored under a fast hash. No login of a person is as cheap.",
		"Times are from when a request was due, so that one that waits for a busy replica counts its wait; the generator's own lateness, in the last column, is in them.",
	}
	for _, g := range a.Logins {
		if g.Refused != "" {
			s.Notes = append(s.Notes, fmt.Sprintf("Nothing is shown for %s: %s.", g.Name, g.Refused))
		}
	}
	return []section{s}
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
		Head:    []string{"scheme", "#p50, calm", "#p50, storm", "#p99, calm", "#p99, storm", "#logins/s in the storm", "#failed", "#generator late, p99"},
	}
	t.loginRows(a, func(l analysis.Login) []cell {
		return cells(l.Name, interval(l.CalmP50, milli), interval(l.StormP50, milli), interval(l.CalmP99, milli), interval(l.StormP99, milli),
			interval(l.Stormed, significant), fmt.Sprintf("%.2f %%", 100*l.Failed), duration(l.Late))
	})
	return t
}

// milli prints ns in ms.
func milli(v float64) string { return significant(v / float64(time.Millisecond)) }

// loggedIn says what logins cost, and did.
func loggedIn(a *analysis.Analysis) []string {
	var costs, storms []string
	for _, l := range a.Logins {
		if l.Refused != "" {
			continue
		}
		costs = append(costs, fmt.Sprintf("%s with %s", interval(l.PasswordRatio, significant), l.Name))
		storms = append(storms, fmt.Sprintf("%s ms (%s in the calm) with %s", interval(l.StormP99, milli), interval(l.CalmP99, milli), l.Name))
	}
	if len(costs) == 0 {
		return nil
	}
	return []string{
		fmt.Sprintf("A login with a password of a person costs a replica as much CPU time as so many requests: %s.", enumerate(costs)),
		fmt.Sprintf("While %d connections do nothing but log in at it, one of a hundred requests of the others takes a replica at least %s.", a.Run.Plan.Logins.Storm, enumerate(storms)),
	}
}
