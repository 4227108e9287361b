package report

import (
	"fmt"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/choice"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/stats"
)

// whichSection is where a page's script answers "which one for me?". The section itself has what the script computes
// with, for readers without one.
//
// Where faults were measured, what a scheme's failure means links to them.
func whichSection(in *choice.Inputs, faults string) page.Section {
	s := page.Section{ID: "which", Title: message.New("which.title")}
	if in == nil {
		s.Text = []message.Message{message.New("which.nothing")}
		return s
	}
	t := page.Table{
		Caption: message.New("which.caption"),
		Head: page.Head("head.scheme", "#which.head-cost", "#which.head-added", "which.head-ends", "which.head-failure",
			"#which.head-store", "#which.head-memory", "#which.head-sizes"),
	}
	for _, scheme := range in.Schemes {
		t.Add(scheme.Name, figureOf(scheme, func(c choice.Cost) stats.Estimate { return c.CPU }),
			figureOf(scheme, func(c choice.Cost) stats.Estimate { return c.Added }), lasts(scheme.Ends),
			page.Cell{Text: onFailure[scheme.Failure], To: faults}, storeCost(scheme.Store), loginBytes(scheme.Memory),
			replicasOf(in, scheme))
	}
	s.Text, s.Tables = []message.Message{message.New("which.text")}, []page.Table{t}
	return s
}

// faults is the anchor of what was found about faults, or nothing.
func faults(a *analysis.Analysis) string {
	for _, found := range a.Experiments {
		if found.Kind == "incident" && found.Known() {
			return "#" + found.Kind
		}
	}
	return ""
}

// figureOf is one of the costs with the smallest token.
func figureOf(s choice.Scheme, of func(choice.Cost) stats.Estimate) string {
	if len(s.Costs) == 0 {
		return page.None
	}
	return page.Interval(of(s.Costs[0]), page.Significant)
}

func storeCost(s *choice.Store) string {
	if s == nil || !s.CPU.Known() {
		return page.None
	}
	return page.Interval(s.CPU, page.Significant)
}

func loginBytes(m *choice.Memory) string {
	if m == nil {
		return page.None
	}
	part := func(of stats.Estimate) string {
		if !of.Known() {
			return page.None
		}
		return page.Interval(of, page.Significant)
	}
	return part(m.Replica) + " + " + part(m.Store)
}

// lasts is for how long an ended login works.
func lasts(seconds float64) message.Message {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d == 0:
		return message.New("which.at-once")
	case d < time.Minute:
		return message.New("which.seconds", "n", d.Seconds())
	case d < time.Hour:
		return message.New("which.minutes", "n", d.Minutes())
	default:
		return message.New("which.hours", "n", d.Hours())
	}
}

// onFailure is what may happen when the part that keeps the logins fails.
var onFailure = map[choice.Failure]message.Message{
	choice.NothingFails:  message.New("which.failure-nothing"),
	choice.RequestsFail:  message.New("which.failure-requests"),
	choice.LoginsAreLost: message.New("which.failure-logins"),
}

// replicasOf are how many replicas of a scheme were measured, and how many the model may predict.
func replicasOf(in *choice.Inputs, s choice.Scheme) string {
	own := 1
	for _, share := range s.Share {
		own = max(own, share.Replicas)
	}
	if s.Beyond <= in.Replicas {
		return fmt.Sprintf("%d; %s", own, page.None)
	}
	return fmt.Sprintf("%d; %d", own, s.Beyond)
}
