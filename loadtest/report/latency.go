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

func latencySection(a *analysis.Analysis) page.Section {
	s := page.Section{ID: "latency", Title: message.New("latencies.title")}
	if len(a.Latency) == 0 {
		s.Text = []message.Message{absent(a, plan.LatencyCell, a.Run.Plan.Latency != nil)}
		return s
	}
	l := a.Run.Plan.Latency
	s.Text = []message.Message{message.New("latencies.text",
		"arrivals", l.Arrivals, "replicas", page.Replicas(l.Replicas))}
	t := page.Table{
		Caption: message.New("latencies.caption"),
		Head: page.Head(
			"head.scheme",
			"#head.rate",
			"#latencies.samples",
			"#head.due",
			"#head.due-p90",
			"#head.due-p99",
			"#latencies.p999",
			"#head.sent",
			"#head.sent-p99",
			"#latencies.ratio",
			"#latencies.inside",
			"#latencies.late",
			"#head.failed",
		),
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
	s.Notes = []message.Message{
		message.New("latencies.note-samples"), message.New("latencies.note-ratio"), message.New("latencies.note-inside"),
	}
	for _, x := range a.Latency {
		if !x.Hidden.IsZero() {
			s.Notes = append(s.Notes, message.New("latencies.note-hidden", "scheme", x.Name, "rate", x.Rate, "why", x.Hidden))
		}
	}
	for _, x := range a.Latency {
		if x.Name == plan.Control && !x.Doubt.IsZero() {
			s.Notes = append(s.Notes, message.New("latencies.note-doubt", "rate", x.Rate, "why", x.Doubt))
		}
	}
	if withheld {
		s.Notes = append(s.Notes, message.New("latencies.note-withheld"))
	}
	return s
}

// waited says how much longer requests took than the control's: at the highest rate where that is known with intervals,
// else at the highest rate.
func waited(a *analysis.Analysis) []message.Message {
	if a.Run.Plan.Latency == nil {
		return nil
	}
	rates := slices.Sorted(slices.Values(a.Run.Plan.Latency.Rates))
	slices.Reverse(rates)
	for _, sure := range []bool{true, false} {
		for _, rate := range rates {
			if m := waitedAt(a, rate, sure); !m.IsZero() {
				return []message.Message{m}
			}
		}
	}
	return nil
}

// waitedAt is the sentence for one rate; with sure it is empty where a scheme has no interval.
func waitedAt(a *analysis.Analysis, rate float64, sure bool) message.Message {
	var longer, same []message.Message
	for _, x := range a.Latency {
		if x.Rate != rate || isControl(x.Scheme) || !x.Median.Known() {
			continue
		}
		switch {
		case sure && !x.Median.Why.IsZero():
			return message.Message{}
		case sure && (!x.Median.Excludes(1) || !x.Doubt.IsZero()):
			same = append(same, message.New("answer.ratio-of", "scheme", x.Name, "ratio", page.Ratio(x.Median)))
		default:
			longer = append(longer, message.New("answer.ratio-with", "ratio", page.Ratio(x.Median), "scheme", x.Name))
		}
	}
	switch {
	case len(longer)+len(same) == 0:
		return message.Message{}
	case len(longer) == 0:
		return message.New("answer.waited-alike", "rate", rate, "same", same)
	case !sure:
		return message.New("answer.waited-roughly", "rate", rate, "longer", longer)
	}
	return message.New("answer.waited", "rate", rate, "longer", longer, "same", same)
}

func latencyLine(x analysis.Latency) []page.Cell {
	due := func(d time.Duration, needs int64) page.Cell {
		if d == 0 && !x.Withheld.IsZero() && x.Samples >= needs {
			return page.Grey(message.New("kind.withheld"))
		}
		return page.Plain(page.Duration(d))
	}
	line := page.Cells(x.Name, x.Rate, x.Samples, due(x.Due.P50, 1), due(x.Due.P90, 1),
		due(x.Due.P99, analysis.SamplesP99), due(x.Due.P999, analysis.SamplesP999))
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
