package report

import (
	"cmp"
	"slices"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

func summarySection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "summary", Title: message.New("summary.title")}
	if !anyCost(a) && len(a.Scaling) == 0 {
		s.Text = []message.Message{message.New("summary.nothing")}
		return s
	}
	s.Tables = []page.Table{summary(a)}
	s.Notes = []message.Message{message.New("summary.note-groups"), message.New("summary.note-intervals")}
	if len(milestones(a)) > 0 {
		s.Notes = append(s.Notes, message.New("summary.note-share"))
	}
	return s
}

// summary is the main table: what each scheme costs, how it scales, and when a logout counts.
func summary(a *analysis.Analysis) page.Table {
	all := []column{
		{page.Column{Name: message.New("head.scheme")}, func(s plan.Scheme) page.Cell {
			return page.Cell{Text: message.Text(s.Name), To: "#rows"} // what the name means
		}, nil},
	}
	all = append(all, rateColumn(a)...)
	all = append(all, costColumns(a)...)
	all = append(all, latencyColumn(a)...)
	for _, n := range milestones(a) {
		all = append(all, column{
			page.Numbers(message.New("summary.throughput", "replicas", page.Replicas(n))),
			func(s plan.Scheme) page.Cell { return controlCell(a, throughputOf(a, s.Name, n)) },
			func(s plan.Scheme) message.Message { return unscaled(a, s, n) },
		})
	}
	if len(milestones(a)) > 0 {
		all = append(all, column{page.Column{Name: message.New("summary.first")}, func(s plan.Scheme) page.Cell {
			return page.Plain(usedUp(throughputOf(a, s.Name, largestOf(a, s.Name))))
		}, func(s plan.Scheme) message.Message { return unscaled(a, s, 0) }})
	}
	all = append(all, columnsOf(a)...)
	t := page.Table{Open: true}
	for _, c := range all {
		t.Head = append(t.Head, c.head)
	}
	t.Grouped(a.Run.Plan.CostSchemes(), func(s plan.Scheme) []page.Row {
		var row page.Row
		for _, c := range all {
			row.Cells = append(row.Cells, c.of(s))
		}
		return []page.Row{row}
	})
	return t
}

// costColumns are what a scheme adds to the CPU cost of a request: in µs, where the machine was steady, and as a ratio.
func costColumns(a *analysis.Analysis) []column {
	if !anyCost(a) {
		return nil
	}
	ratio := message.New("summary.cost")
	if withinOneStart(a) {
		ratio = message.New("summary.cost-within")
	}
	return []column{
		{page.Numbers(message.New("summary.added")), func(s plan.Scheme) page.Cell {
			c := costOf(a, s.Name)
			switch {
			case s.Name == plan.Control || !c.Within.Known():
				return page.Plain(page.None)
			case !c.Resolved:
				return page.Plain("~")
			}
			return page.Cell{
				Text: message.Text("+" + page.Interval(c.Added, page.Significant)), Grey: !a.DemandDrift.IsZero(),
			}
		}, noCost},
		{page.Numbers(ratio), func(s plan.Scheme) page.Cell {
			c := costOf(a, s.Name)
			return page.Plain(toControl(c, best(c)))
		}, noCost},
	}
}

// lowestRate is the lowest at which latency was measured.
func lowestRate(a *analysis.Analysis) float64 {
	return slices.MinFunc(a.Latency, func(x, y analysis.Latency) int { return cmp.Compare(x.Rate, y.Rate) }).Rate
}

// rateColumn is what a scheme adds to the CPU of a request at the lowest rate.
func rateColumn(a *analysis.Analysis) []column {
	if len(a.Latency) == 0 {
		return nil
	}
	lowest := lowestRate(a)
	return []column{{page.Numbers(message.New("summary.added-at", "rate", lowest)), func(s plan.Scheme) page.Cell {
		for _, x := range a.Latency {
			switch {
			case x.Name != s.Name || x.Rate != lowest || s.Name == plan.Control:
			case !x.Load.Drift.IsZero():
				return page.Grey(message.New("kind.withheld"))
			case !x.Load.Resolved:
				return page.Plain("~")
			default:
				return page.Plain("+" + page.Interval(x.Load.Added, page.Significant))
			}
		}
		return page.Plain(page.None)
	}, func(s plan.Scheme) message.Message {
		if s.Name == plan.Control {
			return noCost(s)
		}
		return untried(a.Run.Plan.LatencySchemes(), s)
	}}}
}

// latencyColumn is how long the median request takes at the lowest rate, counted from when it was sent.
func latencyColumn(a *analysis.Analysis) []column {
	if len(a.Latency) == 0 {
		return nil
	}
	lowest := lowestRate(a)
	return []column{{page.Numbers(message.New("summary.median", "rate", lowest)), func(s plan.Scheme) page.Cell {
		for _, x := range a.Latency {
			switch {
			case x.Name != s.Name || x.Rate != lowest:
			case s.Name == plan.Control || x.Median.Excludes(1) && x.Doubt.IsZero():
				return page.Plain(page.Duration(x.Sent.P50))
			default:
				return page.Plain(message.New("costs.unresolved", "added", page.Duration(x.Sent.P50)))
			}
		}
		return page.Plain(page.None)
	}, func(s plan.Scheme) message.Message {
		return untried(a.Run.Plan.LatencySchemes(), s)
	}}}
}

// best is the ratio over restarts where there is one, else the one over rounds.
func best(c analysis.Cost) stats.Estimate {
	if c.Ratio.Why.IsZero() {
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
		if c.Ratio.Known() && c.Ratio.Why.IsZero() {
			return true
		}
	}
	return false
}

// withinOneStart reports whether the ratios of costs are known only within a start.
func withinOneStart(a *analysis.Analysis) bool { return len(a.Demand) > 0 && !restarted(a) }

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

func throughputOf(a *analysis.Analysis, name string, replicas int) analysis.Throughput {
	for _, t := range a.Scaling {
		if t.Name == name && t.Replicas == replicas {
			return t
		}
	}
	return analysis.Throughput{}
}
