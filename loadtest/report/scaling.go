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
	s := page.Section{ID: "scaling", Title: message.New("throughput.title")}
	if len(a.Scaling) == 0 {
		s.Text = []message.Message{absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil)}
		return s
	}
	budget := a.Scaling[0].Budget
	s.Text = append([]message.Message{message.New("throughput.text",
		"budget", budget, "period", plan.Budget(budget).Period(), "whose", whose(a, budget))}, cold(a)...)
	s.Charts = answersChart(a, j)
	t := page.Table{
		Caption: message.New("throughput.caption"),
		Head: page.Head("head.scheme", "#head.replicas", "#head.answers", "#throughput.ratio", "#throughput.speedup",
			"#throughput.lost"),
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, x := range a.Scaling {
			if x.Name == scheme.Name {
				rows = append(rows, page.Row{Grey: !x.Unlike.IsZero(), Cells: page.Cells(
					x.Name, x.Replicas, answersCell(a, x), controlCell(a, x), speedupCell(a, x), lost(x),
				)})
			}
		}
		return rows
	})
	s.Tables = []page.Table{t}
	s.Notes = scalingNotes(a)
	return s
}

// whose says what has the budget.
func whose(a *analysis.Analysis, budget float64) message.Message {
	for _, x := range a.Scaling {
		if x.Store > 0 && x.Store != budget && x.Scheme.StoreCores == 0 { // other sizes are in names of schemes
			return message.New("throughput.larger-store", "store", x.Store, "times", x.Store/budget)
		}
	}
	if externalStore(a) {
		return message.New("throughput.external-store")
	}
	return message.New("throughput.equal-store")
}

// externalStore reports whether the store existed before the run: the lab does not limit it, and measures it only if it
// tells.
func externalStore(a *analysis.Analysis) bool {
	return slices.ContainsFunc(a.Run.Environment.Parts, func(p record.Part) bool {
		return p.Role == "store" && strings.HasSuffix(p.Name, ", external")
	})
}

func scalingNotes(a *analysis.Analysis) []message.Message {
	notes := []message.Message{message.New("throughput.note-launches")}
	for _, scheme := range a.Run.Plan.AllSchemes() {
		if scheme.LosesLogins {
			notes = append(notes, message.New("throughput.note-loses", "scheme", scheme.Name))
		}
	}
	bound := false
	for _, x := range a.Scaling {
		bound = bound || !x.Bound.IsZero()
		if x.Name == plan.Control && !x.Doubt.IsZero() {
			notes = append(notes, message.New("throughput.note-doubt", "replicas", page.Replicas(x.Replicas), "why", x.Doubt))
		}
		if !x.Unlike.IsZero() {
			notes = append(notes, message.New("throughput.note-unlike",
				"scheme", x.Name, "replicas", x.Replicas, "why", x.Unlike))
		}
	}
	if bound {
		notes = append(notes, message.New("throughput.note-bound"))
	}
	return notes
}

// lost is the share of 401, and the declared share where there is one.
func lost(x analysis.Throughput) message.Message {
	if x.Expected > 0 {
		return message.New("throughput.declared", "lost", x.Lost, "declared", x.Expected)
	}
	return message.Text(page.Percent(x.Lost))
}

// answersCell prints a throughput: with ≥ where it is a lower bound, as a range where the machine drifted.
func answersCell(a *analysis.Analysis, x analysis.Throughput) page.Cell {
	c := absolute(x.X, x.Thirds, a.ScalingDrift, whole)
	if !x.Bound.IsZero() {
		c = page.Grey(message.New("count.at-least", "figure", c.Text))
	}
	return c
}

func controlCell(a *analysis.Analysis, x analysis.Throughput) page.Cell {
	if x.Name == plan.Control {
		return page.Plain("1")
	}
	cell := bounded(x.Control, x.Bound, throughputOf(a, plan.Control, x.Replicas).Bound)
	cell.Grey = cell.Grey || !x.Doubt.IsZero()
	return cell
}

func speedupCell(a *analysis.Analysis, x analysis.Throughput) page.Cell {
	smallest := a.Run.Plan.Scaling.Replicas[0]
	if x.Replicas == smallest {
		return page.Plain("1")
	}
	return bounded(x.Speedup, x.Bound, throughputOf(a, x.Name, smallest).Bound)
}

// bounded prints a ratio of throughputs where one or both may be lower bounds. The ratio of two bounds is not known.
func bounded(e stats.Estimate, above, below message.Sentence) page.Cell {
	switch {
	case !e.Known() || above.IsZero() && below.IsZero():
		return page.Plain(page.Ratio(e))
	case !above.IsZero() && !below.IsZero():
		return page.Grey(message.New("throughput.unknown"))
	case !above.IsZero():
		return page.Grey("≥ " + page.Ratio(e))
	default:
		return page.Grey("≤ " + page.Ratio(e))
	}
}

func saturationSection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "saturation", Title: message.New("used-up.title")}
	if len(a.Scaling) == 0 {
		s.Text = []message.Message{message.New("used-up.absent",
			"why", absent(a, plan.ScalingCell, a.Run.Plan.Scaling != nil))}
		return s
	}
	busy := page.Table{
		Caption: message.New("used-up.caption"),
		Head: page.Head("head.scheme", "#head.replicas", "#used-up.replicas", "#used-up.busiest", "#tier.store",
			"#tier.balancer", "#tier.generator", "#used-up.cores", "used-up.first"),
	}
	cost := page.Table{
		Caption: message.New("used-up.caption-cost"),
		Head: page.Head("head.scheme", "#head.replicas", "#tier.replica", "#tier.store", "#tier.balancer",
			"#tier.generator"),
	}
	for _, t := range []struct {
		into *page.Table
		line func(analysis.Throughput) []page.Cell
	}{{&busy, busyLine}, {&cost, underBudget}} {
		t.into.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
			var rows []page.Row
			for _, x := range a.Scaling {
				if x.Name == scheme.Name {
					rows = append(rows, page.Row{Grey: !x.Unlike.IsZero(), Cells: t.line(x)})
				}
			}
			return rows
		})
	}
	s.Tables = []page.Table{busy, cost}
	s.Notes = saturationNotes(a)
	return s
}

func saturationNotes(a *analysis.Analysis) []message.Message {
	notes := []message.Message{message.New("used-up.note")}
	for _, x := range a.Scaling {
		if x.Bound.IsZero() {
			continue
		}
		if x.First == analysis.Nothing { // the lab had more to give
			notes = append(notes, message.New("used-up.note-waited",
				"scheme", x.Name, "replicas", x.Replicas, "why", x.Bound))
			continue
		}
		notes = append(notes, message.New("used-up.note-bound", "scheme", x.Name, "replicas", x.Replicas, "why", x.Bound))
	}
	return notes
}

func busyLine(x analysis.Throughput) []page.Cell {
	share := func(tier string) string {
		if v, ok := x.Busy[tier]; ok {
			return page.Percent(v)
		}
		return page.None
	}
	return page.Cells(x.Name, x.Replicas, share("replica"), page.Percent(x.Busiest), share("store"), share("balancer"),
		share("generator"), fmt.Sprintf("%.2f", x.Cores), usedUp(x))
}

func underBudget(x analysis.Throughput) []page.Cell {
	line := page.Cells(x.Name, x.Replicas)
	for _, tier := range []string{"replica", "store", "balancer", "generator"} {
		if v, ok := x.Cost[tier]; ok {
			line = append(line, page.Plain(page.Significant(v)))
		} else {
			line = append(line, page.Plain(page.None))
		}
	}
	return line
}

// machine is what was used up first where no tier was.
const machine = "machine"

// first is what was used up first at one size: a tier, another word of package analysis, machine, or "".
func first(x analysis.Throughput) string {
	if x.First == "" && !x.Bound.IsZero() {
		return machine
	}
	return x.First
}

// usedUp names what was used up first at one size.
func usedUp(x analysis.Throughput) message.Message {
	switch which := first(x); which {
	case "":
		return message.Text(page.None)
	case analysis.OneReplica:
		return message.New("used-up.one-replica")
	case analysis.Nothing:
		return message.New("used-up.nothing")
	case machine:
		return message.New("used-up.machine")
	default:
		return message.Tier(which)
	}
}
