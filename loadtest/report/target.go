package report

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
)

// targetSections are what is known of a deployment that the lab did not start, and what is not known.
func targetSections(a *analysis.Analysis) []page.Section {
	s := page.Section{ID: "target", Title: message.New("targets.title")}
	if len(a.Target) == 0 {
		s.Text = []message.Message{message.New("targets.nothing")}
	} else {
		s.Text = []message.Message{message.New("targets.text")}
		s.Tables = []page.Table{targetTable(a), targetReplicaTable(a)}
		s.Notes = targetNotes(a)
	}
	u := page.Section{ID: "unknown", Title: message.New("targets.title-unknown"), Text: unknown(a)}
	return []page.Section{s, u}
}

// targetTable has a line for each load.
func targetTable(a *analysis.Analysis) page.Table {
	t := page.Table{Caption: message.New("targets.caption"), Head: page.Head(
		"head.load",
		"#head.answers",
		"#targets.growth",
		"#head.sent",
		"#head.sent-p90",
		"#head.sent-p99",
		"#head.due",
		"#head.due-p99",
		"#targets.replicas-us",
		"#targets.store-us",
		"#head.operations",
		"#targets.replicas-cores",
		"#targets.store-cores",
		"#targets.generator-cores",
		"#head.failed",
	)}
	for _, x := range a.Target {
		growth := page.None
		switch x.Connections {
		case 0:
		case a.Target[0].Connections:
			growth = "1"
		default:
			growth = page.Ratio(x.Growth)
		}
		sent, due := x.Latency.Sent, x.Latency.Due
		line := page.Cells(loadOf(x), page.Interval(x.X, page.Significant), growth, page.Duration(sent.P50),
			page.Duration(sent.P90), page.Duration(sent.P99), page.Duration(due.P50), page.Duration(due.P99))
		line = append(line, page.Cells(page.Interval(x.Replica, page.Significant),
			page.Interval(x.Store, page.Significant))...)
		operations := page.None
		if x.Store.Known() {
			operations = fmt.Sprintf("%.2f", x.StoreOps)
		}
		line = append(line, page.Cells(operations, coresOf(x, "replica"), coresOf(x, "store"), coresOf(x, "generator"),
			fmt.Sprintf("%.2f %%", 100*x.Latency.Errors))...)
		t.Rows = append(t.Rows, page.Row{Cells: line})
	}
	return t
}

func loadOf(x analysis.Target) message.Message {
	if x.Connections > 0 {
		return message.New("targets.closed-loop", "count", x.Connections)
	}
	return message.New("targets.open-loop", "rate", x.Latency.Rate)
}

func coresOf(x analysis.Target, tier string) string {
	if taken, ok := x.Cores[tier]; ok {
		return fmt.Sprintf("%.2f", taken)
	}
	return page.None
}

func targetReplicaTable(a *analysis.Analysis) page.Table {
	t := page.Table{
		Caption: message.New("targets.caption-replicas"),
		Head:    page.Head("targets.replica", "#targets.share", "#targets.us"),
	}
	for _, r := range a.TargetReplicas {
		name := page.Plain(r.Name)
		if r.Name == "" {
			name = page.Plain(message.New("targets.no-name"))
		}
		t.Add(name, page.Percent(r.Share), page.Interval(r.CPU, page.Significant))
	}
	return t
}

func targetNotes(a *analysis.Analysis) []message.Message {
	notes := []message.Message{message.New("targets.note-intervals"), message.New("targets.note-cpu")}
	for _, x := range a.Target {
		if !x.Limit.IsZero() {
			notes = append(notes, message.New("targets.note-limit", "load", loadOf(x), "why", x.Limit))
		}
		if x.Answering < len(a.TargetReplicas) {
			notes = append(notes, message.New("targets.note-answering",
				"load", loadOf(x), "answering", x.Answering, "replicas", len(a.TargetReplicas)))
		}
		if x.Others > othersShare {
			notes = append(notes, message.New("targets.note-others", "load", loadOf(x), "share", page.Percent(x.Others)))
		}
		if !x.Latency.Withheld.IsZero() && x.Connections == 0 {
			notes = append(notes, message.New("targets.note-withheld",
				"load", loadOf(x), "least", page.Duration(x.Latency.Least), "why", x.Latency.Withheld))
		}
		if !x.Latency.Hidden.IsZero() {
			notes = append(notes, message.New("targets.note-hidden", "load", loadOf(x), "why", x.Latency.Hidden))
		}
	}
	return notes
}

// othersShare is the share of other clients' requests from which it is worth a sentence: health checks ask other pages.
const othersShare = 0.01

// stood says in a sentence the most that the target did.
func stood(a *analysis.Analysis) []message.Message {
	var most analysis.Target
	for _, x := range a.Target {
		if x.Connections > 0 && x.X.Center > most.X.Center {
			most = x
		}
	}
	switch {
	case a.Run.Plan.Target == nil || a.Run.Environment.Target == nil:
		return nil
	case most.Connections == 0:
		return []message.Message{message.New("targets.no-answer")}
	}
	parts := []message.Message{message.New("targets.answered", "url", a.Run.Environment.Target.URL,
		"scheme", most.Latency.Name, "rate", page.Interval(most.X, page.Significant), "connections", most.Connections)}
	replicas := page.Replicas(len(a.Run.Environment.Target.Replicas))
	us := page.Interval(most.Replica, page.Significant)
	switch {
	case most.Replica.Known() && most.Store.Known():
		parts = append(parts, message.New("targets.took-both", "replicas", replicas, "us", us,
			"store", page.Interval(most.Store, page.Significant)))
	case most.Replica.Known():
		parts = append(parts, message.New("targets.took", "replicas", replicas, "us", us))
	}
	if !most.Limit.IsZero() {
		parts = append(parts, message.New("targets.more-possible", "why", most.Limit))
	}
	return []message.Message{message.New("targets.answer", "parts", parts)}
}

// unknown says what the lab cannot know of the target.
func unknown(a *analysis.Analysis) (all []message.Message) {
	if t := a.Run.Environment.Target; t != nil {
		for _, said := range t.Unknown {
			all = append(all, message.Text(said))
		}
	}
	return append(all, message.New("targets.unknown-machines"), message.New("targets.unknown-control"))
}

func targetMethod(a *analysis.Analysis) page.Section {
	p := a.Run.Plan
	text := []message.Message{message.New("targets.method", "slice", p.Target.Slice, "seed", fmt.Sprint(p.Seed))}
	if len(a.Run.Probes) > 0 {
		text = append(text, message.New("targets.probed"))
	} else {
		text = append(text, message.New("targets.not-probed"))
	}
	if t := a.Run.Environment.Target; t != nil && len(t.Runs) > 0 {
		text = append(text, message.New("targets.merged", "generators", len(t.Runs)))
	}
	return page.Section{
		ID: "method", Title: message.New("method.title"),
		Text: []message.Message{message.New("targets.paragraph", "sentences", text)},
	}
}
