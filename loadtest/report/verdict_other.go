package report

import (
	"fmt"
	"math"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// distanceVerdict says how much longer than with tokens a request takes with the store furthest away.
func distanceVerdict(a *analysis.Analysis) []page.Verdict {
	var far analysis.Distance
	for _, d := range a.Distances {
		if d.Token != "" && d.Delay > far.Delay && d.Behind.Known() {
			far = d
		}
	}
	if far.Delay == 0 {
		return nil
	}
	v := page.Verdict{
		ID: "distance", Asks: message.Say("verdict.distance"), Section: "distance", Figure: none,
		Setup: message.Say("verdict.distance-setup", "rate", far.Rate),
	}
	by := page.Significant(math.Abs(far.Behind.Center))
	switch {
	case far.Slower():
		v.Figure = message.Say("verdict.ms", "ms", "+"+by)
		v.Says = message.Say("verdict.distance-slower", "scheme", who(family(far)), "delay", far.Delay, "ms", by)
	case far.Faster():
		v.Figure = message.Say("verdict.ms", "ms", "−"+by)
		v.Says = message.Say("verdict.distance-faster", "scheme", who(family(far)), "delay", far.Delay, "ms", by)
	default:
		v.Says = message.Say("verdict.distance-alike", "scheme", who(family(far)), "delay", far.Delay)
	}
	v.Interval = interval(far.Behind, func(v float64) string { return fmt.Sprintf("%+.2f", v) })
	return []page.Verdict{v}
}

// family is the scheme whose store was moved.
func family(d analysis.Distance) string {
	if d.Scheme.Of != "" {
		return d.Scheme.Of
	}
	return d.Name
}

// skewVerdict says which scheme loses most where users come unequally often.
func skewVerdict(a *analysis.Analysis) []page.Verdict {
	var worst analysis.Skew
	for _, k := range a.Skews {
		if k.Than != "" && k.Even.Known() && k.Replicas == largestOf(a, k.Name) &&
			(worst.Name == "" || k.Even.Center < worst.Even.Center) {
			worst = k
		}
	}
	if worst.Name == "" {
		return nil
	}
	v := page.Verdict{
		ID: "skew", Asks: message.Say("verdict.skew"), Section: "skew", Figure: figure(percentOf(worst.Even.Center)),
		Says:     message.Say("verdict.skew-most", "scheme", worst.Name, "share", percentOf(worst.Even.Center)),
		Interval: interval(worst.Even, percentOf),
		Setup:    message.Say("verdict.skew-setup", "replicas", page.Replicas(worst.Replicas)),
	}
	if !worst.Even.Excludes(1) {
		v.Figure, v.Says = none, message.Say("verdict.skew-alike")
	}
	return []page.Verdict{v}
}

// targetVerdicts say what a deployment did that the lab did not start.
func targetVerdicts(a *analysis.Analysis) []page.Verdict {
	var most, loaded analysis.Target
	for _, x := range a.Target {
		switch {
		case x.Connections > 0 && x.X.Center > most.X.Center:
			most = x
		case x.Connections == 0 && x.Latency.Sent.P50 > 0:
			loaded = x
		}
	}
	v := page.Verdict{
		ID: "target", Asks: message.Say("verdict.target"), Section: "target", Figure: none,
		Says: message.Say("targets.no-answer"),
	}
	if most.Connections == 0 {
		return []page.Verdict{v}
	}
	rate := page.Significant(most.X.Center)
	v.Figure = message.Say("verdict.per-second", "rate", rate)
	v.Says = message.Say("verdict.target-most", "rate", rate, "connections", most.Connections)
	v.Interval = interval(most.X, page.Significant)
	if !most.Limit.IsZero() {
		v.Means = message.Say("verdict.target-limit", "why", most.Limit)
	}
	all := []page.Verdict{v}
	if most.Replica.Known() {
		all = append(all, targetCost(most.Replica))
	}
	if loaded.Latency.Sent.P50 > 0 {
		p50 := page.Duration(loaded.Latency.Sent.P50)
		all = append(all, page.Verdict{
			ID: "latency", Asks: message.Say("verdict.target-latency"), Section: "target", Figure: figure(p50),
			Says: message.Say("verdict.target-waited", "rate", loaded.Latency.Rate, "p50", p50),
		})
	}
	return all
}

func targetCost(cpu stats.Estimate) page.Verdict {
	us := page.Significant(cpu.Center)
	return page.Verdict{
		ID: "cost", Asks: message.Say("verdict.cost"), Section: "target", Figure: figure(us + " µs"),
		Says:     message.Say("verdict.target-cost", "us", us),
		Interval: interval(cpu, page.Significant),
		Means:    message.Say("targets.unknown-control"),
	}
}

// facts are which run this is, when and on what it was measured.
func facts(a *analysis.Analysis) []message.Message {
	e := a.Run.Environment
	all := []message.Message{message.New("front.run", "run", a.Run.ID, "plan", a.Run.Plan.Name)}
	if e.Started.IsZero() {
		return all
	}
	all = append(all, message.Text(e.Started.UTC().Format("2006-01-02")),
		message.New("front.machine", "cores", e.Cores, "cpu", e.CPU))
	var parts []string
	for _, p := range e.Parts {
		parts = append(parts, strings.TrimSpace(p.Name+" "+p.Version))
	}
	if len(parts) > 0 {
		all = append(all, message.New("front.parts", "parts", parts))
	}
	return all
}
