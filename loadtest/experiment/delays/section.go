package delays

import (
	"fmt"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: experiment.Say("delays.title")}
	if !f.Known() {
		s.Text = []string{experiment.Say("delays.not-measured")}
		return s
	}
	s.Text = []string{experiment.Say("delays.text", "replicas", page.Replicas(f.part.Replicas))}
	t := page.Table{
		Caption: experiment.Say("delays.caption"),
		Head: experiment.Head("head.scheme", "head.guarantee", "#head.logins",
			"#delays.refusals", "#delays.still-taken", "#delays.longest",
			"#delays.p50", "#delays.p99", "#delays.worst", "#delays.worst-own", "delays.kept"),
	}
	t.Grouped(f.schemes, func(scheme plan.Scheme) []page.Row {
		for _, d := range f.Delays {
			if d.Name == scheme.Name {
				return []page.Row{{Cells: line(d)}}
			}
		}
		return nil
	})
	s.Tables = []page.Table{t}
	s.Notes = []string{experiment.Say("delays.note-times"), experiment.Say("delays.note-expiry")}
	return s
}

// Answer says how soon ended logins were refused, and which schemes broke their guarantee.
func (f *Findings) Answer() []message.Message {
	var kept, taken []message.Message
	var broken []string
	for _, d := range f.Delays {
		switch {
		case d.Broken:
			broken = append(broken, d.Name)
			continue
		case d.Scheme.Guarantee == plan.AtExpiry:
			continue
		case d.Longest > 0:
			taken = append(taken, message.New("delays.taken-later", "scheme", d.Name, "after", page.Duration(d.Longest)))
		}
		kept = append(kept, message.New("delays.refused-after", "scheme", d.Name, "after", page.Duration(d.AtWorst())))
	}
	var out []message.Message
	switch {
	case len(kept) > 0 && len(taken) > 0:
		out = append(out, message.New("delays.kept-some-taken", "kept", kept, "taken", taken))
	case len(kept) > 0:
		out = append(out, message.New("delays.kept-all", "kept", kept))
	}
	if len(broken) > 0 {
		out = append(out, message.New("delays.broken", "schemes", broken))
	}
	return out
}

// Column implements experiment.Columned: the longest time that a replica took to refuse an ended login, for schemes
// where ending one is more than waiting.
func (f *Findings) Column() (head string, cell func(plan.Scheme) string) {
	return page.Numbers(experiment.Say("delays.column")), func(scheme plan.Scheme) string {
		for _, d := range f.Delays {
			switch {
			case d.Name != scheme.Name:
			case d.Broken:
				return experiment.Say("delays.column-broken")
			case scheme.Guarantee == plan.AtExpiry:
				return experiment.Say("delays.column-expiry")
			default:
				return page.Duration(d.AtWorst())
			}
		}
		return page.None
	}
}

func line(d Delay) []page.Cell {
	word := experiment.Say("delays.kept-it")
	switch {
	case d.Never > 0:
		word = experiment.Say("delays.never-refused", "never", d.Never, "of", d.Refusals+d.Never)
	case d.Broken:
		word = experiment.Say("delays.too-long", "after", page.Duration(d.Longest))
	}
	guarantee := string(d.Scheme.Guarantee)
	if d.Scheme.Push > 0 {
		guarantee = experiment.Say("delays.within", "guarantee", guarantee, "push", d.Scheme.Push)
	}
	longest := page.None
	if d.Longest > 0 {
		longest = page.Duration(d.Longest)
	}
	p99 := page.None
	if d.P99 > 0 {
		p99 = page.Duration(d.P99)
	}
	own := page.None
	if d.Own > 0 {
		own = page.Duration(d.Own)
	}
	return page.Cells(d.Name, guarantee, fmt.Sprint(d.Logins), fmt.Sprint(d.Refusals), page.Percent(d.Accepted), longest,
		page.Duration(d.P50), p99, page.Duration(d.Worst), own, word)
}
