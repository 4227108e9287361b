package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// capacitySection exists only if the plan asks for capacity.
func capacitySection(a *analysis.Analysis) []page.Section {
	c := a.Run.Plan.Capacity
	if c == nil {
		return nil
	}
	s := page.Section{ID: "capacity", Title: "Capacity"}
	if len(a.Capacity) == 0 {
		s.Text = []string{absent(a, plan.CapacityCell, true) + "."}
		return []page.Section{s}
	}
	s.Text = []string{
		fmt.Sprintf("The highest rate that holds an objective: p99 at most %s from when a request was due, at most %g %% of "+
			"the requests failed, and requests in flight not growing. Open loop, Poisson arrivals, through the balancer; each "+
			"replica and the store has a CPU budget of %.2f core.",
			page.Duration(c.P99), 100*c.Errors, a.Capacity[0].Budget),
		fmt.Sprintf("A trial is %v at one rate. Each round tries every row and size once, at a rate inside what is left of "+
			"its bracket. What a rate is called, most of its trials decide (as in RFC 9971): one bad trial between good ones "+
			"does not.", c.Slice),
	}
	s.Tables = []page.Table{capacityTable(a), trialsTable(a)}
	s.Notes = []string{fmt.Sprintf("Requests in flight are taken to grow when those that are there at a trial's end take "+
		"longer than %s to be answered. So an overload of less than %.0f %% can be held for %v, and a rate that held is not "+
		"proven to hold for ever.", page.Duration(c.P99), 100*c.P99.Seconds()/c.Slice.Seconds(), c.Slice)}
	return []page.Section{s}
}

func capacityTable(a *analysis.Analysis) page.Table {
	t := page.Table{
		Caption: "Capacity in requests/s: the last rate that held, and the first that did not",
		Head: []string{
			"scheme", "#replicas", "#last that held", "#first that did not", "#bracket", "#trials",
			"what to know",
		},
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, n := range a.Run.Plan.Capacity.Replicas {
			i := slices.IndexFunc(a.Capacity, func(x analysis.Capacity) bool { return x.Name == scheme.Name && x.Replicas == n })
			switch {
			case i >= 0:
				rows = append(rows, capacityLine(a.Capacity[i]))
			case scheme.LosesLogins && n > 1:
				rows = append(rows, page.Row{Grey: true, Cells: page.Cells(scheme.Name, fmt.Sprint(n), "n/a", "n/a", "n/a", "0",
					"it loses logins at this size, and answers 401 fast")})
			}
		}
		return rows
	})
	return t
}

func capacityLine(x analysis.Capacity) page.Row {
	held, broke, width := rate(x.Held), rate(x.Broke), page.None
	if x.Held > 0 && x.Broke > 0 {
		width = fmt.Sprintf("%.1f %%", 100*(x.Broke/x.Held-1))
	}
	note := ""
	switch {
	case !x.Least.IsZero():
		held, note = "≥ "+held, "at least: "+x.Least.String()
	case !x.Wide.IsZero():
		note = "not resolved: " + x.Wide.String()
	}
	return page.Row{Grey: note != "", Cells: page.Cells(x.Name, fmt.Sprint(x.Replicas), held, broke, width,
		fmt.Sprint(len(x.Trials)), cmp.Or(note, page.None))}
}

func rate(v float64) string {
	if v == 0 {
		return page.None
	}
	return fmt.Sprintf("%.0f", v)
}

// trialsTable has a line for each rate that was tried, with each of its trials.
func trialsTable(a *analysis.Analysis) page.Table {
	t := page.Table{
		Caption: "Every trial: p99 from when a request was due, in the order of rounds, and why it did not hold where p99 " +
			"does not say it",
		Head: []string{
			"scheme", "#replicas", "#requests/s", "#held", "#did not", "#generator-bound", "#did not count",
			"p99 of each trial",
		},
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, x := range a.Capacity {
			if x.Name == scheme.Name {
				rows = append(rows, trialLines(x)...)
			}
		}
		return rows
	})
	return t
}

func trialLines(x analysis.Capacity) []page.Row {
	byRate := map[float64][]analysis.Trial{}
	var rates []float64
	for _, t := range x.Trials {
		if len(byRate[t.Rate]) == 0 {
			rates = append(rates, t.Rate)
		}
		byRate[t.Rate] = append(byRate[t.Rate], t)
	}
	slices.Sort(rates)
	var rows []page.Row
	for _, v := range rates {
		count := map[analysis.Outcome]int{}
		var each []string
		for _, t := range byRate[v] {
			count[t.Outcome]++
			each = append(each, trial(t))
		}
		line := []string{x.Name, fmt.Sprint(x.Replicas), rate(v)}
		for _, o := range []analysis.Outcome{analysis.Held, analysis.Broke, analysis.Limited, analysis.Unusual} {
			line = append(line, fmt.Sprint(count[o]))
		}
		rows = append(rows, page.Row{Cells: page.Cells(append(line, strings.Join(each, " · "))...)})
	}
	return rows
}

// trial prints a p99, with the reason of an outcome that the p99 does not explain.
func trial(t analysis.Trial) string {
	text := fmt.Sprintf("%.0f ms", float64(t.P99)/float64(time.Millisecond))
	if !t.Why.IsZero() && t.Why.Key != analysis.TooSlow {
		text += " (" + t.Why.String() + ")"
	}
	return text
}
