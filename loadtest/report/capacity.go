package report

import (
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// capacitySection exists only if the plan asks for capacity.
func capacitySection(a *analysis.Analysis) []page.Section {
	c := a.Run.Plan.Capacity
	if c == nil {
		return nil
	}
	s := page.Section{ID: "capacity", Title: message.New("capacity.title")}
	if len(a.Capacity) == 0 {
		s.Text = []message.Message{absent(a, plan.CapacityCell, true)}
		return []page.Section{s}
	}
	s.Text = []message.Message{
		message.New("capacity.text-objective",
			"p99", page.Duration(c.P99), "errors", 100*c.Errors, "budget", a.Capacity[0].Budget),
		message.New("capacity.text-trials", "slice", c.Slice),
	}
	s.Tables = []page.Table{capacityTable(a), trialsTable(a)}
	s.Notes = []message.Message{message.New("capacity.note-growing",
		"p99", page.Duration(c.P99), "overload", c.P99.Seconds()/c.Slice.Seconds(), "slice", c.Slice)}
	return []page.Section{s}
}

func capacityTable(a *analysis.Analysis) page.Table {
	t := page.Table{
		Caption: message.New("capacity.caption"),
		Head: page.Head("head.scheme", "#head.replicas", "#capacity.held", "#capacity.broke", "#capacity.bracket",
			"#capacity.trials", "head.what-to-know"),
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, n := range a.Run.Plan.Capacity.Replicas {
			i := slices.IndexFunc(a.Capacity, func(x analysis.Capacity) bool { return x.Name == scheme.Name && x.Replicas == n })
			switch {
			case i >= 0:
				rows = append(rows, capacityLine(a.Capacity[i]))
			case scheme.LosesLogins && n > 1:
				rows = append(rows, page.Row{Grey: true, Cells: page.Cells(scheme.Name, n, "n/a", "n/a", "n/a", "0",
					message.New("capacity.loses-logins"))})
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
	note := message.Text(page.None)
	switch {
	case !x.Least.IsZero():
		held, note = "≥ "+held, message.New("capacity.at-least", "why", x.Least)
	case !x.Wide.IsZero():
		note = message.New("capacity.not-resolved", "why", x.Wide)
	}
	return page.Row{
		Grey:  !x.Least.IsZero() || !x.Wide.IsZero(),
		Cells: page.Cells(x.Name, x.Replicas, held, broke, width, len(x.Trials), note),
	}
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
		Caption: message.New("capacity.caption-trials"),
		Head: page.Head("head.scheme", "#head.replicas", "#head.rate", "#capacity.did", "#capacity.did-not",
			"#capacity.generator-bound", "#capacity.did-not-count", "capacity.each"),
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
		var each []message.Message
		for _, t := range byRate[v] {
			count[t.Outcome]++
			each = append(each, trial(t))
		}
		line := page.Cells(x.Name, x.Replicas, rate(v))
		for _, o := range []analysis.Outcome{analysis.Held, analysis.Broke, analysis.Limited, analysis.Unusual} {
			line = append(line, page.Plain(count[o]))
		}
		rows = append(rows, page.Row{Cells: append(line, page.Plain(message.New("capacity.every", "trials", each)))})
	}
	return rows
}

// trial prints a p99, with the reason of an outcome that the p99 does not explain.
func trial(t analysis.Trial) message.Message {
	p99 := fmt.Sprintf("%.0f ms", float64(t.P99)/float64(time.Millisecond))
	if !t.Why.IsZero() && t.Why.Key != analysis.TooSlow {
		return message.New("capacity.trial-failed", "p99", p99, "why", t.Why)
	}
	return message.Text(p99)
}
