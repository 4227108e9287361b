package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// atRate is what both schemes take at one rate.
type atRate struct{ session, token analysis.Latency }

// everyday is the lowest rate at which what both take was measured, where the run can tell it of one of them: servers
// wait between requests then, as they do almost all of their lives.
func everyday(a *analysis.Analysis, p pair) (r atRate, ok bool) {
	for _, s := range a.Latency {
		for _, t := range a.Latency {
			if s.Name == p.session && t.Name == p.token && s.Rate == t.Rate && s.Load.Drift.IsZero() &&
				(s.Load.Resolved || t.Load.Resolved) &&
				(!ok || s.Rate < r.session.Rate) {
				r, ok = atRate{s, t}, true
			}
		}
	}
	return r, ok
}

// rateVerdict says what sessions and tokens add to a request at an everyday rate, and then what they add to one at
// saturation, where that is known.
func rateVerdict(a *analysis.Analysis, v page.Verdict, r atRate) page.Verdict {
	session, token := r.session, r.token
	v.Figure = message.Say("verdict.pair", "session", short(session.Name), "one", addedAtRate(session),
		"between", "·", "token", short(token.Name), "other", addedAtRate(token))
	v.Says = message.Say("verdict.rate-both", "rate", session.Rate, "session", who(session.Name),
		"by", amountAtRate(session), "token", signature(token.Name), "less", amountAtRate(token))
	v.Interval = message.Say("verdict.intervals", "session", signedInterval(session), "token", signedInterval(token))
	v.Means = message.Say("verdict.sentences", "sentences", rateMeans(a, r))
	var store message.Message // none
	if s, err := plan.SchemeNamed(session.Name); err == nil && s.Store {
		store = storeOf(s)
	}
	v.Setup = message.Say("verdict.rate-setup", "rate", session.Rate, "store", store,
		"replicas", page.Replicas(a.Run.Plan.Latency.Replicas), "us", page.Significant(session.Load.Store))
	return v
}

// rateMeans sets the costs beside a handler, and says what they are at saturation and how long requests take.
func rateMeans(a *analysis.Analysis, r atRate) (all []message.Message) {
	for _, x := range []analysis.Latency{r.session, r.token} {
		if x.Load.Resolved {
			all = append(all, message.New("verdict.rate-handler", "scheme", who(x.Name), "share", x.Load.Added.Center/handler))
		}
	}
	session, token := costOf(a, r.session.Name), costOf(a, r.token.Name)
	if session.Resolved && token.Resolved && a.DemandDrift.IsZero() {
		var alike message.Message
		if !a.CostRatio(session.Name, token.Name).Excludes(1) {
			alike = message.New("verdict.rate-alike")
		}
		all = append(all, message.New("verdict.rate-full", "session", page.Significant(session.Added.Center),
			"token", page.Significant(token.Added.Center), "differ", alike))
	}
	if waits := medians(a, r.session.Name, r.token.Name); !waits.IsZero() {
		all = append(all, waits)
	}
	return all
}

// addedAtRate is a figure; one that the run cannot tell is ~.
func addedAtRate(x analysis.Latency) string {
	if !x.Load.Resolved {
		return "~"
	}
	return fmt.Sprintf("%+.0f µs", x.Load.Added.Center)
}

func amountAtRate(x analysis.Latency) message.Message {
	if !x.Load.Resolved {
		return message.New("verdict.rate-untold")
	}
	return message.New("verdict.us", "us", fmt.Sprintf("%.0f", x.Load.Added.Center))
}

func signedInterval(x analysis.Latency) string {
	return between(x.Load.Added, func(v float64) string { return fmt.Sprintf("%+.0f", v) })
}

// rateTable is what a request costs at fixed rates.
func rateTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: message.New("costs.caption-rates"), Head: page.Head("head.scheme", "#head.rate",
		"#costs.rate-us", "#costs.rate-ratio", "#costs.rate-added", "#costs.rate-store")}
	t.Grouped(a.Run.Plan.LatencySchemes(), func(scheme plan.Scheme) []page.Row {
		var rows []page.Row
		for _, x := range a.Latency {
			if x.Name == scheme.Name {
				rows = append(rows, page.Row{Cells: rateLine(x)})
			}
		}
		return rows
	})
	return t
}

func rateLine(x analysis.Latency) []page.Cell {
	ratio, added := page.Plain(page.Ratio(x.Load.Ratio)), page.Plain(page.Interval(x.Load.Added, page.Significant))
	switch {
	case x.Name == plan.Control:
		ratio, added = page.Plain("1"), page.Plain(page.None)
	case !x.Load.Resolved && x.Load.Ratio.Why.IsZero():
		added.Text = message.New("costs.unresolved", "added", added.Text)
	}
	store := page.None
	if x.Load.Store > 0 {
		store = page.Significant(x.Load.Store)
	}
	added.Grey = !x.Load.Drift.IsZero()
	return append(page.Cells(x.Name, x.Rate, absolute(x.Load.CPU, x.Load.Thirds, x.Load.Drift, page.Significant)), ratio,
		added, page.Plain(store))
}
