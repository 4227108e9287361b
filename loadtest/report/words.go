package report

import (
	"fmt"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// answerSection has every sentence of the run, with all figures and intervals, for those who quote it. They repeat the
// table, so they are folded, unless the only sentence is why there is no answer.
func answerSection(whole []message.Message) page.Section {
	s := page.Section{ID: "answer", Title: message.New("answer.title"), Text: whole}
	if len(whole) > 1 {
		s.Text, s.Notes = []message.Message{message.New("answer.to-quote", "count", len(whole))}, whole
		s.Fold = message.New("answer.sentences")
	}
	return s
}

// limitsSection is what a run of this lab does not show.
func limitsSection(a *analysis.Analysis) page.Section {
	t := page.Table{Open: true, Head: page.Head("limits.head", "limits.therefore")}
	measured := map[string]bool{}
	for _, f := range a.Experiments {
		measured[f.Kind] = f.Known()
	}
	for _, row := range [][2]message.Message{
		{message.New("limits.handler"), message.New("limits.handler-so")},
		{message.New("limits.model"), message.New("limits.model-so")},
		{message.New("limits.store"), message.New("limits.store-so")},
		{message.New("limits.network"), message.New("limits.network-so")},
		{message.New("limits.outage"), message.New("limits.outage-so")},
		{message.New("limits.users"), message.New("limits.users-so")},
		{message.New("limits.passwords"), message.New("limits.passwords-so")},
		{message.New("limits.machine"), message.New("limits.machine-so")},
		{message.New("limits.security"), message.New("limits.security-so")},
	} {
		if row[0].Key == "limits.outage" && measured["incident"] || row[0].Key == "limits.security" && measured["exploit"] {
			continue
		}
		t.Add(row[0], row[1])
	}
	for _, f := range a.Experiments {
		if own, ok := f.Findings.(experiment.Limited); ok {
			for _, row := range own.Limits() {
				t.Add(row[0], row[1])
			}
		}
	}
	return page.Section{ID: "limits", Title: message.New("limits.title"), Tables: []page.Table{t}}
}

// readingSection is how to read the page, and its glossary.
func readingSection() page.Section {
	t := page.Table{Caption: message.New("glossary.caption"), Head: page.Head("glossary.word", "glossary.meaning")}
	for _, row := range [][2]message.Message{
		{message.New("glossary.session"), message.New("glossary.session-is")},
		{message.New("glossary.token"), message.New("glossary.token-is")},
		{message.New("glossary.scheme"), message.New("glossary.scheme-is")},
		{message.New("glossary.control"), message.New("glossary.control-is")},
		{message.New("glossary.again"), message.New("glossary.again-is")},
		{message.New("glossary.replica"), message.New("glossary.replica-is")},
		{message.New("glossary.store"), message.New("glossary.store-is")},
		{message.New("glossary.balancer"), message.New("glossary.balancer-is")},
		{message.New("glossary.handler"), message.New("glossary.handler-is")},
		{message.New("glossary.budget"), message.New("glossary.budget-is")},
		{message.New("glossary.model"), message.New("glossary.model-is")},
		{message.New("glossary.extrapolated"), message.New("glossary.extrapolated-is")},
		{message.New("glossary.throughput"), message.New("glossary.throughput-is")},
		{message.New("glossary.share"), message.New("glossary.share-is")},
		{message.New("glossary.cost"), message.New("glossary.cost-is")},
		{message.New("glossary.bottleneck"), message.New("glossary.bottleneck-is")},
		{message.New("glossary.saturated"), message.New("glossary.saturated-is")},
		{message.New("glossary.closed"), message.New("glossary.closed-is")},
		{message.New("glossary.open"), message.New("glossary.open-is")},
		{message.New("glossary.due"), message.New("glossary.due-is")},
		{message.New("glossary.percentile"), message.New("glossary.percentile-is")},
		{message.New("glossary.interval"), message.New("glossary.interval-is")},
		{message.New("glossary.slice"), message.New("glossary.slice-is")},
		{message.New("glossary.launch"), message.New("glossary.launch-is")},
		{message.New("glossary.held-out"), message.New("glossary.held-out-is")},
		{message.New("glossary.mva"), message.New("glossary.mva-is")},
		{message.New("glossary.unauthenticated"), message.New("glossary.unauthenticated-is")},
		{message.New("glossary.ended"), message.New("glossary.ended-is")},
		{message.New("glossary.tilde"), message.New("glossary.tilde-is")},
		{message.New("glossary.withheld"), message.New("glossary.withheld-is")},
		{message.New("glossary.marks"), message.New("glossary.marks-is")},
	} {
		t.Add(row[0], row[1])
	}
	return page.Section{
		ID: "glossary", Title: message.New("glossary.title"), Tables: []page.Table{t},
		Text: []message.Message{
			message.New("glossary.diagram"), message.New("glossary.ratios"), message.New("glossary.files"),
		},
	}
}

// citeSection is what to write beside a figure that is quoted.
func citeSection(a *analysis.Analysis) page.Section {
	e := a.Run.Environment
	s := page.Section{ID: "cite", Title: message.New("cite.title")}
	when, commit := page.None, page.None
	if !e.Started.IsZero() {
		when = e.Started.UTC().Format("2006-01-02")
	}
	if e.Commit != "" {
		commit = e.Commit
	}
	var parts []string
	for _, p := range e.Parts {
		parts = append(parts, strings.TrimSpace(p.Name+" "+p.Version))
	}
	s.Text = []message.Message{
		message.New("cite.line", "plan", a.Run.Plan.Name, "run", a.Run.ID, "date", when, "commit", commit,
			"machine", fmt.Sprintf("%d × %s", e.Cores, e.CPU), "parts", strings.Join(parts, ", ")),
		message.New("cite.with"),
	}
	if e.Dirty {
		s.Notes = append(s.Notes, message.New("repeat.dirty"))
	}
	return s
}
