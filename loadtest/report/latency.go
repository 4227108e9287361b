package report

import (
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

func latencySection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "latency", Title: "Latency"}
	if len(a.Latency) == 0 {
		s.Text = []string{absent(a, plan.LatencyCell, a.Run.Plan.Latency != nil) + "."}
		return s
	}
	l := a.Run.Plan.Latency
	s.Text = []string{fmt.Sprintf("Open loop, %s arrivals, %s without budgets, through the balancer. Latency counts from "+
		"when a request was due; the figure from when it was sent stands beside it, and hides what a frozen server does to "+
		"those who wait.", l.Arrivals, page.Replicas(l.Replicas))}
	t := page.Table{
		Caption: "Latency of GET /v1/me",
		Head: []string{
			"scheme", "#requests/s", "#samples", "#p50 from due", "#p90", "#p99", "#p99.9", "#p50 from sent", "#p99",
			"#p50 ÷ control", "#in replicas", "#generator late, p99", "#failed",
		},
	}
	withheld := false
	t.Grouped(a.Run.Plan.LatencySchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, x := range a.Latency {
			if x.Name == scheme.Name {
				withheld = withheld || !x.Withheld.IsZero()
				rows = append(rows, page.Row{Cells: latencyLine(x)})
			}
		}
		return rows
	})
	s.Tables = []page.Table{t}
	s.Notes = []string{
		"p99 needs 10,000 samples, p99.9 needs 100,000.",
		"÷ control is the median, over the rounds, of a slice's p50 from sent ÷ the control's of the same round. The " +
			"clusters were started once, so it is within one start.",
		"In replicas is Little's law: the requests that the replicas had in flight, by their own clocks, ÷ rate × latency " +
			"as the generator saw them. The rest of a request's time is the balancer's, the kernel's and the generator's. A " +
			"slice with more than all of it in the replicas does not count.",
	}
	for _, x := range a.Latency {
		if !x.Hidden.IsZero() {
			s.Notes = append(s.Notes, fmt.Sprintf("%s at %g/s: %s.", x.Name, x.Rate, x.Hidden))
		}
	}
	if withheld {
		s.Notes = append(s.Notes, "A figure from the due time is withheld where it is less than ten times the generator's "+
			"own lateness (p99): it would be the generator's, not the server's.")
	}
	return s
}

// waited says how much longer requests took than the control's: at the highest rate where that is known with intervals,
// else at the highest rate.
func waited(a *analysis.Analysis) []string {
	if a.Run.Plan.Latency == nil {
		return nil
	}
	rates := slices.Sorted(slices.Values(a.Run.Plan.Latency.Rates))
	slices.Reverse(rates)
	for _, sure := range []bool{true, false} {
		for _, rate := range rates {
			if text := waitedAt(a, rate, sure); text != "" {
				return []string{text}
			}
		}
	}
	return nil
}

// waitedAt is the sentence for one rate; with sure it is empty where a scheme has no interval.
func waitedAt(a *analysis.Analysis, rate float64, sure bool) string {
	var longer, same []string
	for _, x := range a.Latency {
		if x.Rate != rate || isControl(x.Scheme) || !x.Median.Known() {
			continue
		}
		switch {
		case sure && x.Median.Why != "":
			return ""
		case sure && !x.Median.Excludes(1):
			same = append(same, x.Name+" ("+page.Ratio(x.Median)+")")
		default:
			longer = append(longer, page.Ratio(x.Median)+" × with "+x.Name)
		}
	}
	const floor = "a server without authentication"
	text := fmt.Sprintf("At %g requests/s, counted from when it was sent and within one start, the median request ", rate)
	switch {
	case len(longer)+len(same) == 0:
		return ""
	case len(longer) == 0:
		return text + "of " + page.Enumerate(same) + " cannot be told from the median of " + floor + "."
	}
	text += "takes, of what it takes with " + floor + ", " + page.Enumerate(longer)
	if len(same) > 0 {
		text += "; the median of " + page.Enumerate(same) + " cannot be told from it"
	}
	if !sure {
		text += ", of too few rounds for an interval"
	}
	return text + "."
}

func latencyLine(x analysis.Latency) []page.Cell {
	due := func(d time.Duration, needs int64) page.Cell {
		if d == 0 && !x.Withheld.IsZero() && x.Samples >= needs {
			return page.Grey("withheld")
		}
		return page.Cell{Text: page.Duration(d)}
	}
	line := []page.Cell{
		{Text: x.Name},
		{Text: fmt.Sprintf("%g", x.Rate)},
		{Text: fmt.Sprint(x.Samples)},
		due(x.Due.P50, 1), due(x.Due.P90, 1), due(x.Due.P99, analysis.SamplesP99), due(x.Due.P999, analysis.SamplesP999),
	}
	median, inside := page.Ratio(x.Median), page.None
	if x.Name == plan.Control {
		median = "1"
	}
	if x.Replicas > 0 {
		inside = page.Percent(x.Replicas)
	}
	return append(line, page.Cells(page.Duration(x.Sent.P50), page.Duration(x.Sent.P99), median, inside,
		page.Duration(x.LagP99), fmt.Sprintf("%.2f %%", 100*x.Errors))...)
}
