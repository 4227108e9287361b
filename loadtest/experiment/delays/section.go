package delays

import (
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: message.New("delays.title")}
	if !f.Known() {
		s.Text = []message.Message{message.New("delays.not-measured")}
		return s
	}
	s.Text = []message.Message{message.New("delays.text", "replicas", page.Replicas(f.part.Replicas))}
	t := page.Table{
		Caption: message.New("delays.caption"),
		Head: page.Head("head.scheme", "head.guarantee", "#head.logins",
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
	s.Notes = []message.Message{message.New("delays.note-times"), message.New("delays.note-expiry")}
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
func (f *Findings) Column() (page.Column, func(plan.Scheme) page.Cell) {
	return page.Numbers(message.New("delays.column")), func(scheme plan.Scheme) page.Cell {
		for _, d := range f.Delays {
			switch {
			case d.Name != scheme.Name:
			case d.Broken:
				return page.Plain(message.New("delays.column-broken"))
			case scheme.Guarantee == plan.AtExpiry:
				return page.Plain(message.New("delays.column-expiry"))
			default:
				return page.Plain(page.Duration(d.AtWorst()))
			}
		}
		return page.Plain(page.None)
	}
}

func line(d Delay) []page.Cell {
	word := message.New("delays.kept-it")
	switch {
	case d.Never > 0:
		word = message.New("delays.never-refused", "never", d.Never, "of", d.Refusals+d.Never)
	case d.Broken:
		word = message.New("delays.too-long", "after", page.Duration(d.Longest))
	}
	guarantee := page.Guarantee(d.Scheme.Guarantee)
	if d.Scheme.Push > 0 {
		guarantee = message.New("delays.within", "guarantee", guarantee, "push", d.Scheme.Push)
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
	return page.Cells(d.Name, guarantee, d.Logins, d.Refusals, page.Percent(d.Accepted), longest,
		page.Duration(d.P50), p99, page.Duration(d.Worst), own, word)
}
