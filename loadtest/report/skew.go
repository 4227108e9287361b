package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// skewSection shows what unequal users do to each scheme, where a plan lets them come.
func skewSection(a *analysis.Analysis) []page.Section {
	if len(a.Skews) == 0 {
		return nil
	}
	t := page.Table{
		Caption: message.New("skew.caption"),
		Head: page.Head("head.scheme", "#skew.replicas", "#skew.hottest", "#skew.busiest", "#skew.ops", "#skew.hits",
			"#skew.expected", "#skew.ratio", "skew.than"),
	}
	t.Grouped(a.Run.Plan.AllSchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, k := range a.Skews {
			if k.Name == scheme.Name {
				rows = append(rows, page.Row{Cells: skewLine(k)})
			}
		}
		return rows
	})
	return []page.Section{{
		ID: "skew", Title: message.New("skew.title"), Text: []message.Message{message.New("skew.text")},
		Tables: []page.Table{t}, Notes: []message.Message{message.New("skew.note")},
	}}
}

func skewLine(k analysis.Skew) []page.Cell {
	hottest, ops, hits, expected, than := page.None, page.None, page.None, page.None, page.None
	if k.Scheme.Identities.Drawn {
		hottest = share(k.Hottest)
	}
	if k.Scheme.Store {
		ops = fmt.Sprintf("%.2f", k.StoreOps)
	}
	if k.Scheme.MissOps > 0 {
		hits, expected = share(k.Hits), share(k.Expected)
	}
	if k.Than != "" {
		than = k.Than
	}
	return page.Cells(k.Name, k.Replicas, hottest, share(k.Busiest), ops, hits, expected, page.Ratio(k.Even), than)
}

// share prints a share with a digit after the point, because one of many users has a small share.
func share(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// unequal says what unequal users did to the throughput of each scheme in its largest cluster.
func unequal(a *analysis.Analysis) []message.Message {
	var each []message.Message
	for _, k := range a.Skews {
		if k.Than == "" || !k.Even.Known() || k.Replicas != largestOf(a, k.Name) {
			continue
		}
		said := message.New("skew.each", "ratio", page.Ratio(k.Even), "scheme", k.Name, "busiest", k.Busiest,
			"replicas", page.Replicas(k.Replicas))
		if k.Scheme.MissOps > 0 {
			said = message.New("skew.cached", "ratio", page.Ratio(k.Even), "scheme", k.Name, "hits", k.Hits)
		}
		each = append(each, said)
	}
	if len(each) == 0 {
		return nil
	}
	return []message.Message{message.New("skew.answer", "each", each)}
}
