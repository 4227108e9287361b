package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// distanceSection shows how much longer requests take with a store that is far away, where a plan moves one.
func distanceSection(a *analysis.Analysis) []page.Section {
	if len(a.Distances) == 0 {
		return nil
	}
	t := page.Table{
		Caption: message.New("distance.caption"),
		Head: page.Head("head.scheme", "#distance.rate", "#distance.away", "#distance.p50", "#distance.added",
			"#distance.trips", "#distance.behind"),
	}
	t.Grouped(a.Run.Plan.LatencySchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, d := range a.Distances {
			if d.Name == scheme.Name {
				rows = append(rows, page.Row{Cells: page.Cells(d.Name, fmt.Sprintf("%g", d.Rate), away(d.Delay),
					page.Duration(d.P50), difference(d.Added), page.Ratio(d.Trips), difference(d.Behind))})
			}
		}
		return rows
	})
	return []page.Section{{
		ID: "distance", Title: message.New("distance.title"), Tables: []page.Table{t},
		Text:  []message.Message{message.New("distance.text")},
		Notes: []message.Message{message.New("distance.note")},
	}}
}

// far says at which distances of its store each scheme is slower than tokens, and by how much.
func far(a *analysis.Analysis) (sentences []message.Message) {
	type family struct {
		scheme string
		rate   float64
	}
	var order []family
	members := map[family][]analysis.Distance{}
	for _, d := range a.Distances {
		f := family{cmp.Or(d.Scheme.Of, d.Name), d.Rate}
		if d.Token == "" {
			continue
		}
		if members[f] == nil {
			order = append(order, f)
		}
		members[f] = append(members[f], d)
	}
	for _, f := range order {
		all := members[f]
		slices.SortStableFunc(all, func(x, y analysis.Distance) int { return cmp.Compare(x.Delay, y.Delay) })
		if all[len(all)-1].Delay == 0 {
			continue // its store was not moved
		}
		var each []message.Message
		for _, d := range all {
			each = append(each, behind(d))
		}
		sentences = append(sentences, message.New("distance.answer", "rate", f.rate, "scheme", f.scheme,
			"token", all[0].Token, "each", each), wins(all))
	}
	return sentences
}

// behind says how long a request takes compared with tokens, at one distance.
func behind(d analysis.Distance) message.Message {
	where := message.New("distance.near")
	if d.Delay > 0 {
		where = message.New("distance.far", "delay", away(d.Delay))
	}
	by := page.Significant(math.Abs(d.Behind.Center))
	switch {
	case d.Slower():
		return message.New("distance.longer", "by", by, "where", where)
	case d.Faster():
		return message.New("distance.shorter", "by", by, "where", where)
	}
	return message.New("distance.same", "where", where)
}

// wins says from which distance on tokens are faster, of one scheme's distances, which rise.
func wins(all []analysis.Distance) message.Message {
	first := len(all)
	for first > 0 && all[first-1].Slower() {
		first--
	}
	switch {
	case first == len(all):
		return message.New("distance.never", "token", all[0].Token)
	case first == 0:
		return message.New("distance.everywhere", "token", all[0].Token)
	}
	return message.New("distance.from", "token", all[0].Token, "delay", away(all[first].Delay))
}

// away is a distance as it is written in a scheme's name.
func away(d time.Duration) string {
	if d == 0 {
		return page.None
	}
	return d.String()
}

// difference prints milliseconds, with their interval.
func difference(e stats.Estimate) string {
	return page.Interval(e, func(v float64) string { return fmt.Sprintf("%+.2f", v) })
}
