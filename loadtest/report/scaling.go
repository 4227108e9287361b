package report

import (
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

func scalingSection(a *analysis.Analysis, j model.Judgement) page.Section {
	s := page.Section{ID: "scaling", Title: "Throughput against replicas"}
	if len(a.Scaling) == 0 {
		s.Text = []string{absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil) + "."}
		return s
	}
	whose := "each replica and for the store; the balancer"
	if externalStore(a) {
		whose = "each replica; the store is not the lab's and has none, the balancer"
	}
	budget := a.Scaling[0].Budget
	for _, x := range a.Scaling {
		if x.Store > 0 && x.Store != budget && x.Scheme.StoreCores == 0 { // other sizes are in names of schemes
			whose = fmt.Sprintf("each replica; the store has %.3g core, %.3g times as much, the balancer", x.Store,
				x.Store/budget)
			break
		}
	}
	s.Text = []string{fmt.Sprintf("A machine here is a CPU budget of %.2f core, granted in periods of %v, for %s "+
		"and the load generator use what is left. It is a scale model: read the shape and the ratios, not the absolute "+
		"figures.",
		budget, plan.Budget(budget).Period(), whose)}
	s.Charts = scalingChart(a, j)
	t := page.Table{
		Caption: "Correct answers a second at saturation, closed loop, through the balancer",
		Head: []string{
			"scheme", "#replicas", "#answers/s", "#÷ control, same round", "#÷ own smallest size, same round",
			"#401",
		},
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, x := range a.Scaling {
			if x.Name == scheme.Name {
				rows = append(rows, page.Row{Grey: !x.Unlike.IsZero(), Cells: []page.Cell{
					{Text: x.Name},
					{Text: fmt.Sprint(x.Replicas)},
					answersCell(a, x), controlCell(a, x), speedupCell(a, x),
					{Text: lost(x)},
				}})
			}
		}
		return rows
	})
	s.Tables = []page.Table{t}
	s.Notes = scalingNotes(a)
	return s
}

// externalStore reports whether the store existed before the run: the lab does not limit it, and measures it only if it
// tells.
func externalStore(a *analysis.Analysis) bool {
	return slices.ContainsFunc(a.Run.Environment.Parts, func(p record.Part) bool {
		return p.Role == "store" && strings.HasSuffix(p.Name, ", external")
	})
}

func scalingNotes(a *analysis.Analysis) []string {
	notes := []string{"Each replica is a launch of its own, and rounds are the samples: a ratio is their geometric " +
		"mean, " +
		"with Student's interval on the logarithms, widened by what launches differ by. The store and the balancer of a " +
		"scheme were launched once."}
	for _, scheme := range a.Run.Plan.AllSchemes() {
		if scheme.LosesLogins {
			notes = append(notes, scheme.Name+" declares that a share of 1 − 1/N of its answers is 401, and is held to it "+
				"within 2 points; only correct answers count as throughput.")
		}
	}
	bound := false
	for _, x := range a.Scaling {
		bound = bound || !x.Bound.IsZero()
		if !x.Unlike.IsZero() {
			notes = append(notes, fmt.Sprintf("%s × %d is grey and in no sentence above: %s.", x.Name, x.Replicas, x.Unlike))
		}
	}
	if bound {
		notes = append(notes, "≥ marks a lower bound: before any budget was used up, the machine, its balancer or its load "+
			"generator gave out, or the replicas waited for something that is not CPU.")
	}
	return notes
}

// lost is the share of 401, and the declared share where there is one.
func lost(x analysis.Throughput) string {
	if x.Expected > 0 {
		return fmt.Sprintf("%.1f %% (%.1f %% declared)", 100*x.Lost, 100*x.Expected)
	}
	return page.Percent(x.Lost)
}

// answersCell prints a throughput: with ≥ where it is a lower bound, as a range where the machine drifted.
func answersCell(a *analysis.Analysis, x analysis.Throughput) page.Cell {
	c := absolute(x.X, x.Thirds, a.ScalingDrift, whole)
	if !x.Bound.IsZero() {
		c = page.Grey("≥ " + c.Text)
	}
	return c
}

func controlCell(a *analysis.Analysis, x analysis.Throughput) page.Cell {
	if x.Name == plan.Control {
		return page.Cell{Text: "1"}
	}
	return bounded(x.Control, x.Bound, throughputOf(a, plan.Control, x.Replicas).Bound)
}

func speedupCell(a *analysis.Analysis, x analysis.Throughput) page.Cell {
	smallest := a.Run.Plan.Scaling.Replicas[0]
	if x.Replicas == smallest {
		return page.Cell{Text: "1"}
	}
	return bounded(x.Speedup, x.Bound, throughputOf(a, x.Name, smallest).Bound)
}

// bounded prints a ratio of throughputs where one or both may be lower bounds. The ratio of two bounds is not known.
func bounded(e stats.Estimate, above, below message.Sentence) page.Cell {
	switch {
	case !e.Known() || above.IsZero() && below.IsZero():
		return page.Cell{Text: page.Ratio(e)}
	case !above.IsZero() && !below.IsZero():
		return page.Cell{Text: "unknown", Grey: true}
	case !above.IsZero():
		return page.Grey("≥ " + page.Ratio(e))
	default:
		return page.Grey("≤ " + page.Ratio(e))
	}
}

func saturationSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "saturation", Title: "Who was used up first"}
	if len(a.Scaling) == 0 {
		s.Text = []string{"Only throughput against replicas can show it. " +
			absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil) + "."}
		return s
	}
	busy := page.Table{
		Caption: "Share of its budget (of a core, for the balancer and the generator) that each tier used",
		Head: []string{
			"scheme", "#replicas", "#replicas used", "#busiest replica", "#store", "#balancer", "#generator",
			"#cores, all together", "used up first",
		},
	}
	cost := page.Table{
		Caption: "CPU time for a request under these budgets, µs",
		Head:    []string{"scheme", "#replicas", "#replica", "#store", "#balancer", "#generator"},
	}
	for _, t := range []struct {
		into *page.Table
		line func(analysis.Throughput) []string
	}{{&busy, busyLine}, {&cost, underBudget}} {
		t.into.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
			var rows []page.Row
			for _, x := range a.Scaling {
				if x.Name == scheme.Name {
					rows = append(rows, page.Row{Grey: !x.Unlike.IsZero(), Cells: page.Cells(t.line(x)...)})
				}
			}
			return rows
		})
	}
	s.Tables = []page.Table{busy, cost}
	s.Notes = saturationNotes(a)
	return s
}

func saturationNotes(a *analysis.Analysis) []string {
	notes := []string{"CPU under a budget is not the cost of a scheme: a budget makes a request cost more, the more so " +
		"the less it is used. Costs are in the section on costs."}
	for _, x := range a.Scaling {
		if x.Bound.IsZero() {
			continue
		}
		reason := "GENERATOR-BOUND: "
		if x.First == analysis.Nothing { // the lab had more to give
			reason = ""
		}
		notes = append(notes, fmt.Sprintf("%s%s × %d: %s; its throughput is a lower bound.", reason, x.Name, x.Replicas,
			x.Bound))
	}
	return notes
}

func busyLine(x analysis.Throughput) []string {
	share := func(tier string) string {
		if v, ok := x.Busy[tier]; ok {
			return page.Percent(v)
		}
		return page.None
	}
	return []string{
		x.Name, fmt.Sprint(x.Replicas), share("replica"), page.Percent(x.Busiest), share("store"), share("balancer"),
		share("generator"),
		fmt.Sprintf("%.2f", x.Cores), first(x),
	}
}

func underBudget(x analysis.Throughput) []string {
	line := []string{x.Name, fmt.Sprint(x.Replicas)}
	for _, tier := range []string{"replica", "store", "balancer", "generator"} {
		if v, ok := x.Cost[tier]; ok {
			line = append(line, page.Significant(v))
		} else {
			line = append(line, page.None)
		}
	}
	return line
}

// first names what was used up first at one size.
func first(x analysis.Throughput) string {
	switch {
	case x.Replicas == 0:
		return page.None
	case x.First != "":
		return x.First
	case !x.Bound.IsZero():
		return "the machine"
	default:
		return page.None
	}
}
