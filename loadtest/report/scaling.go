package report

import (
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
)

func scalingSection(a *analysis.Analysis, j model.Judgement) section {
	s := section{ID: "scaling", Title: "Throughput against replicas"}
	if len(a.Scaling) == 0 {
		s.Text = []string{absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil) + "."}
		return s
	}
	whose := "each replica and for the store; the balancer"
	if externalStore(a) {
		whose = "each replica; the store is somebody else's and has none, the balancer"
	}
	s.Text = []string{fmt.Sprintf("A machine here is a CPU budget of %.2f core, granted in periods of %v, for %s "+
		"and the load generator use what is left. It is a scale model: read the shape and the ratios, not the absolute figures.",
		a.Scaling[0].Budget, plan.Period, whose)}
	s.Charts = scalingChart(a, j)
	t := table{
		Caption: "Correct answers a second at saturation, closed loop, through the balancer",
		Head:    []string{"scheme", "#replicas", "#answers/s", "#÷ control, same round", "#÷ own smallest size, same round", "#401"},
	}
	t.grouped(a.Run.Plan.Arms(), func(scheme plan.Scheme) []row {
		var rows []row
		for _, x := range a.Scaling {
			if x.Name == scheme.Name {
				rows = append(rows, row{Grey: x.Unlike != "", Cells: []cell{
					{Text: x.Name}, {Text: fmt.Sprint(x.Replicas)}, answersCell(a, x), controlCell(a, x), speedupCell(a, x), {Text: lost(x)},
				}})
			}
		}
		return rows
	})
	s.Tables = []table{t}
	s.Notes = scalingNotes(a)
	return s
}

// externalStore reports whether the store was there before the run: the lab does not limit it, and meters it only if it tells.
func externalStore(a *analysis.Analysis) bool {
	return slices.ContainsFunc(a.Run.Environment.Parts, func(p measure.Part) bool {
		return p.Role == "store" && strings.HasSuffix(p.Name, ", external")
	})
}

func scalingNotes(a *analysis.Analysis) []string {
	notes := []string{"Each of these clusters was started once: intervals are over rounds within one start, and decide no winner. Another start may differ by more."}
	for _, scheme := range a.Run.Plan.Arms() {
		if scheme.LosesLogins {
			notes = append(notes, scheme.Name+" declares that a share of 1 − 1/N of its answers is 401, and is held to it within 2 points; only correct answers count as throughput.")
		}
	}
	bound := false
	for _, x := range a.Scaling {
		bound = bound || x.Bound != ""
		if x.Unlike != "" {
			notes = append(notes, fmt.Sprintf("%s × %d is grey and in no sentence above: %s.", x.Name, x.Replicas, x.Unlike))
		}
	}
	if bound {
		notes = append(notes, "≥ marks a lower bound: before any budget was used up, the machine, its balancer or its load generator gave out, or the replicas waited for something that is not CPU.")
	}
	return notes
}

// lost is the share of 401, and the declared one where there is any.
func lost(x analysis.Throughput) string {
	if x.Expected > 0 {
		return fmt.Sprintf("%.1f %% (%.1f %% declared)", 100*x.Lost, 100*x.Expected)
	}
	return percent(x.Lost)
}

// answersCell prints a throughput: with ≥ where it is a lower bound, as a range where the machine drifted.
func answersCell(a *analysis.Analysis, x analysis.Throughput) cell {
	c := absolute(x.X, x.Thirds, a.ScalingDrift, func(v float64) string { return fmt.Sprintf("%.0f", v) })
	if x.Bound != "" {
		c = cell{"≥ " + c.Text, true}
	}
	return c
}

func controlCell(a *analysis.Analysis, x analysis.Throughput) cell {
	if x.Name == plan.Control {
		return cell{Text: "1"}
	}
	return bounded(x.Control, x.Bound, throughputOf(a, plan.Control, x.Replicas).Bound)
}

func speedupCell(a *analysis.Analysis, x analysis.Throughput) cell {
	smallest := a.Run.Plan.Scaling.Replicas[0]
	if x.Replicas == smallest {
		return cell{Text: "1"}
	}
	return bounded(x.Speedup, x.Bound, throughputOf(a, x.Name, smallest).Bound)
}

// bounded prints a ratio of throughputs of which one, or both, may be lower bounds. Of two bounds nothing is known.
func bounded(e analysis.Estimate, above, below string) cell {
	switch {
	case !e.Known() || above == "" && below == "":
		return cell{Text: ratio(e)}
	case above != "" && below != "":
		return cell{Text: "unknown", Grey: true}
	case above != "":
		return cell{"≥ " + ratio(e), true}
	default:
		return cell{"≤ " + ratio(e), true}
	}
}

func saturationSection(a *analysis.Analysis) section {
	s := section{ID: "saturation", Title: "Who was used up first"}
	if len(a.Scaling) == 0 {
		s.Text = []string{"Only throughput against replicas can show it. " + absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil) + "."}
		return s
	}
	busy := table{
		Caption: "Share of its budget (of a core, for the balancer and the generator) that each tier used",
		Head:    []string{"scheme", "#replicas", "#replicas used", "#busiest replica", "#store", "#balancer", "#generator", "#cores, all together", "used up first"},
	}
	cost := table{
		Caption: "CPU time for a request under these budgets, µs",
		Head:    []string{"scheme", "#replicas", "#replica", "#store", "#balancer", "#generator"},
	}
	for _, t := range []struct {
		into *table
		line func(analysis.Throughput) []string
	}{{&busy, busyLine}, {&cost, underBudget}} {
		t.into.grouped(a.Run.Plan.Arms(), func(scheme plan.Scheme) []row {
			var rows []row
			for _, x := range a.Scaling {
				if x.Name == scheme.Name {
					rows = append(rows, row{Grey: x.Unlike != "", Cells: cells(t.line(x)...)})
				}
			}
			return rows
		})
	}
	s.Tables = []table{busy, cost}
	s.Notes = saturationNotes(a)
	return s
}

func saturationNotes(a *analysis.Analysis) []string {
	notes := []string{"CPU under a budget is not the cost of a scheme: a budget makes a request dearer, the more so the less it is used. Costs are in the section on costs."}
	for _, x := range a.Scaling {
		if x.Bound == "" {
			continue
		}
		reason := "GENERATOR-BOUND: "
		if x.First == analysis.Nothing { // the lab had more to give
			reason = ""
		}
		notes = append(notes, fmt.Sprintf("%s%s × %d: %s; its throughput is a lower bound.", reason, x.Name, x.Replicas, x.Bound))
	}
	return notes
}

func busyLine(x analysis.Throughput) []string {
	share := func(tier string) string {
		if v, ok := x.Busy[tier]; ok {
			return percent(v)
		}
		return none
	}
	return []string{
		x.Name, fmt.Sprint(x.Replicas), share("replica"), percent(x.Busiest), share("store"), share("balancer"), share("generator"),
		fmt.Sprintf("%.2f", x.Cores), first(x),
	}
}

func underBudget(x analysis.Throughput) []string {
	line := []string{x.Name, fmt.Sprint(x.Replicas)}
	for _, tier := range []string{"replica", "store", "balancer", "generator"} {
		if v, ok := x.Cost[tier]; ok {
			line = append(line, significant(v))
		} else {
			line = append(line, none)
		}
	}
	return line
}

// first names what was used up first at one size.
func first(x analysis.Throughput) string {
	switch {
	case x.Replicas == 0:
		return none
	case x.First != "":
		return x.First
	case x.Bound != "":
		return "the machine"
	default:
		return none
	}
}

func replicas(n int) string {
	if n == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", n)
}
