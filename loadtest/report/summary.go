package report

import (
	"fmt"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

func summarySection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "summary", Title: "In one table"}
	if !anyCost(a) && len(a.Scaling) == 0 {
		s.Text = []string{"There is no figure to put into it."}
		return s
	}
	s.Tables = []page.Table{summary(a)}
	s.Notes = []string{
		"Compare rows within a group: a token that cannot be revoked and a session that can are two products.",
		"Intervals [low high] are 95 %; a figure without one has fewer than 6 samples. A difference prints ~ where the " +
			"data does not resolve it, or where the run was too restless, or its servers started too few times, to call any.",
	}
	if len(milestones(a)) > 0 {
		s.Notes = append(s.Notes, "Throughput is a share of the control's, with the same number of replicas in the "+
			"same round. A scheme that keeps its share scales as the control does.")
	}
	return s
}

// summary is the main table.
func summary(a *analysis.Analysis) page.Table {
	shown := milestones(a)
	t := page.Table{Head: []string{"scheme"}}
	costed := anyCost(a)
	if costed {
		t.Head = append(t.Head, "#CPU of a request ÷ control"+startsOf(a), "#against control")
	}
	for _, n := range shown {
		t.Head = append(t.Head, fmt.Sprintf("#throughput ÷ control, %s", page.Replicas(n)))
	}
	if len(shown) > 0 {
		t.Head = append(t.Head, "used up first, at its largest size")
	}
	columns := columnsOf(a)
	for _, c := range columns {
		t.Head = append(t.Head, c.head)
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		line := page.Cells(scheme.Name)
		if cost := costOf(a, scheme.Name); costed {
			line = append(line, page.Cells(toControl(cost, best(cost)), against(cost))...)
		}
		for _, n := range shown {
			line = append(line, controlCell(a, throughputOf(a, scheme.Name, n)))
		}
		if len(shown) > 0 {
			line = append(line, page.Cell{Text: first(throughputOf(a, scheme.Name, largestOf(a, scheme.Name)))})
		}
		for _, c := range columns {
			line = append(line, page.Cell{Text: c.cell(scheme)})
		}
		return []page.Row{{Cells: line}}
	})
	return t
}

// best is the ratio over restarts where there is one, else the one over rounds.
func best(c analysis.Cost) stats.Estimate {
	if c.Ratio.Why == "" {
		return c.Ratio
	}
	return c.Within
}

// toControl prints a ratio to the control; the control's to itself is 1 by definition.
func toControl(c analysis.Cost, e stats.Estimate) string {
	if c.Name == plan.Control && e.Known() {
		return "1"
	}
	return page.Ratio(e)
}

// restarted reports whether costs were measured over enough starts to describe a scheme and not a start.
func restarted(a *analysis.Analysis) bool {
	for _, c := range a.Demand {
		if c.Ratio.Known() && c.Ratio.Why == "" {
			return true
		}
	}
	return false
}

// startsOf qualifies ratios that are known only within a start.
func startsOf(a *analysis.Analysis) string {
	if len(a.Demand) == 0 || restarted(a) {
		return ""
	}
	return ", within one start"
}

// against says whether a scheme differs from the control: never without enough starts and a quiet floor.
func against(c analysis.Cost) string {
	switch {
	case c.Scheme.Name == plan.Control || !c.Within.Known():
		return page.None
	case !c.Resolved:
		return "~"
	default:
		return fmt.Sprintf("%+.0f %%", 100*(c.Ratio.Center-1))
	}
}

// sizes are the smallest and the largest number of replicas that were measured; 0 when none was.
func sizes(a *analysis.Analysis) (smallest, largest int) {
	for _, t := range a.Scaling {
		if smallest == 0 || t.Replicas < smallest {
			smallest = t.Replicas
		}
		largest = max(largest, t.Replicas)
	}
	return smallest, largest
}

// largestOf is the largest size at which a scheme was measured; 0 where it was not.
func largestOf(a *analysis.Analysis, scheme string) (largest int) {
	for _, t := range a.Scaling {
		if t.Name == scheme {
			largest = max(largest, t.Replicas)
		}
	}
	return largest
}

// milestones are the sizes that tell most: the smallest, the largest that all schemes have, and the largest.
func milestones(a *analysis.Analysis) []int {
	smallest, largest := sizes(a)
	if largest == 0 {
		return nil
	}
	common := largest
	for _, scheme := range a.Run.Plan.AllSchemes() {
		own := a.Run.Plan.Scaling.SizesOf(scheme.Name, a.Run.Plan.Scaling.Replicas)
		common = min(common, own[len(own)-1])
	}
	return slices.Compact([]int{smallest, max(smallest, common), largest})
}

func costOf(a *analysis.Analysis, name string) analysis.Cost {
	for _, c := range a.Demand {
		if c.Name == name {
			return c
		}
	}
	return analysis.Cost{}
}

// column is one that a kind of experiment adds to the main table.
type column struct {
	head string
	cell func(plan.Scheme) string
}

func columnsOf(a *analysis.Analysis) (all []column) {
	for _, found := range a.Experiments {
		if f, ok := found.Findings.(experiment.Columned); ok && found.Known() {
			head, cell := f.Column()
			all = append(all, column{head, cell})
		}
	}
	return all
}

func throughputOf(a *analysis.Analysis, name string, replicas int) analysis.Throughput {
	for _, t := range a.Scaling {
		if t.Name == name && t.Replicas == replicas {
			return t
		}
	}
	return analysis.Throughput{}
}

// notices are what a reader must know to read the answer.
func notices(a *analysis.Analysis) []string {
	var out, parts []string
	for _, p := range a.Run.Environment.Parts {
		if p.Embedded {
			parts = append(parts, fmt.Sprintf("%s stands in for a real %s", p.Name, p.Role))
		}
	}
	if len(parts) > 0 {
		out = append(out, "EMBEDDED: "+page.Enumerate(parts)+". What goes through them is measured on parts that come with "+
			"the lab: never compare it with a run on real ones.")
	}
	if s := a.Run.Environment.Selftest; s != nil {
		if took, quiet := analysis.Interference(s.Machine); !took.IsZero() && !quiet {
			out = append(out, "DISTURBED: in the selftest before this run "+took.String()+". Repeat the run when the machine "+
				"is quiet.")
		}
	}
	if !a.Pressed.IsZero() {
		out = append(out, "GENERATOR NEAR ITS LIMIT: "+a.Pressed.String()+".")
	}
	if !a.Noisy.IsZero() && anyCost(a) {
		out = append(out, "NOISY: "+a.Noisy.String()+", so no row is called more or less costly.")
	}
	for _, d := range []struct {
		why  message.Sentence
		what string
	}{{a.DemandDrift, "costs"}, {a.ScalingDrift, "throughputs"}} {
		if !d.why.IsZero() {
			out = append(out, fmt.Sprintf("DRIFT: %s. Absolute %s are printed as the range from the lowest third of the rounds "+
				"to the highest, in grey; ratios to the control of the same round stay valid.", d.why, d.what))
		}
	}
	if !a.Heaps.IsZero() {
		out = append(out, "HEAPS: "+a.Heaps.String()+".")
	}
	return out
}
