package exhaust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: message.New("exhaust.title")}
	if !f.Known() {
		s.Text = []message.Message{message.New("exhaust.not-measured")}
		return s
	}
	s.Text = []message.Message{
		message.New("exhaust.text", "connections", f.part.Connections, "slice", f.part.Slice, "starts", f.part.Starts),
	}
	if c, ok := f.chart(); ok {
		s.Charts = []page.Chart{c}
	}
	s.Tables = []page.Table{f.worst(), f.all(), f.bounds()}
	if len(f.part.Defences) > 0 {
		s.Tables = append(s.Tables, f.prices())
	}
	switch {
	case len(f.part.Inside) > 0:
		s.Tables = append(s.Tables, f.inside())
		s.Notes = append(s.Notes, message.New("exhaust.note-inside", "starts", f.part.Starts, "rounds", f.part.Rounds))
	case len(f.part.Defences) > 0:
		s.Notes = append(s.Notes, message.New("exhaust.note-always"))
	}
	s.Notes = append(s.Notes, f.notes()...)
	return s
}

// drains are the plan's.
func (f *Findings) drains() []Drain {
	all := make([]Drain, len(f.part.Drains))
	for i, name := range f.part.Drains {
		all[i], _ = drainOf(name) // Check has refused unknown ones
	}
	return all
}

// rows adds rows under the title of each drain, for the schemes that it applies to.
func (f *Findings) rows(t *page.Table, of func(Drain, plan.Scheme) []page.Row) {
	for _, d := range f.drains() {
		titled := false
		for _, s := range f.schemes {
			if !f.asked(d, s) {
				continue
			}
			rows := of(d, s)
			if len(rows) > 0 && !titled {
				t.Rows, titled = append(t.Rows, page.Row{Group: d.Title}), true
			}
			t.Rows = append(t.Rows, rows...)
		}
	}
}

// asked reports whether anything was asked about a drain on a scheme.
func (f *Findings) asked(d Drain, s plan.Scheme) bool {
	return slices.ContainsFunc(f.Costs, func(c Cost) bool { return c.What == d.Name && c.Scheme == s.Name })
}

// worst has, for each drain and scheme, the size that costs most for what the attacker sends.
func (f *Findings) worst() page.Table {
	t := page.Table{
		Caption: message.New("exhaust.caption-worst"), Open: true,
		Head: page.Head("head.scheme", "exhaust.head.size", "exhaust.head.answer", "#exhaust.head.replica",
			"#exhaust.head.ratio", "#exhaust.head.per-kb"),
	}
	f.rows(&t, func(d Drain, s plan.Scheme) []page.Row {
		c, ok := f.dearest(d, s)
		if !ok {
			return []page.Row{{Cells: page.Cells(s.Name, page.Grey(message.New("exhaust.not-measured-cell")), page.None,
				page.None, page.None, page.None), Grey: true}}
		}
		return []page.Row{{Grey: c.Idle, Cells: page.Cells(s.Name, sized(d, c.Size), answers(c),
			page.Interval(c.Replica, page.Significant), page.Interval(c.Ratio, page.Significant),
			page.Interval(c.PerKB, page.Significant))}}
	})
	return t
}

// dearest is the size of a drain that costs most for each byte sent, as far as is known.
func (f *Findings) dearest(d Drain, s plan.Scheme) (worst Cost, ok bool) {
	for _, size := range d.Sizes {
		c, known := f.of(s.Name, d.Name, size)
		if known && c.Ratio.Known() && c.Ratio.Center > worst.Ratio.Center {
			worst, ok = c, true
		}
	}
	return worst, ok
}

// all has every size.
func (f *Findings) all() page.Table {
	t := page.Table{
		Caption: message.New("exhaust.caption-all"),
		Head: page.Head("head.scheme", "exhaust.head.size", "#exhaust.head.sent", "#exhaust.head.answered",
			"exhaust.head.answer", "#exhaust.head.replica", "#exhaust.head.store", "#exhaust.head.ratio",
			"#exhaust.head.per-kb"),
	}
	f.rows(&t, func(d Drain, s plan.Scheme) (rows []page.Row) {
		for _, size := range d.Sizes {
			c, ok := f.of(s.Name, d.Name, size)
			if !ok {
				continue
			}
			store := page.None
			if s.Store {
				store = page.Interval(c.Store, page.Significant)
			}
			rows = append(rows, page.Row{Grey: c.Idle || !c.Why.IsZero(), Cells: page.Cells(s.Name, sized(d, size),
				whole(c.Sent), whole(c.Answered), answers(c), page.Interval(c.Replica, page.Significant), store,
				page.Interval(c.Ratio, page.Significant), page.Interval(c.PerKB, page.Significant))})
		}
		return rows
	})
	return t
}

// sized is a size with what it counts.
func sized(d Drain, size int) message.Message {
	return message.New("exhaust.size", "size", size, "unit", d.Unit)
}

func whole(bytes float64) string {
	if bytes == 0 {
		return page.None
	}
	return fmt.Sprintf("%.0f", bytes)
}

// answers are the statuses of the answers, the most frequent first.
func answers(c Cost) string {
	all, sum := slices.Sorted(maps.Keys(c.Answers)), uint64(0)
	for _, n := range c.Answers {
		sum += n
	}
	slices.SortStableFunc(all, func(a, b int) int { return int(c.Answers[b]) - int(c.Answers[a]) })
	var parts []string
	for _, status := range all {
		part := fmt.Sprint(status)
		if n := c.Answers[status]; n < sum {
			part += " (" + page.Percent(float64(n)/float64(sum)) + ")"
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return page.None
	}
	return strings.Join(parts, ", ")
}

// database is where vulnerabilities are described, by number.
const database = "https://nvd.nist.gov/vuln/detail/"

// bounds say what protects the server from each drain, and where drains of its kind were found.
func (f *Findings) bounds() page.Table {
	t := page.Table{
		Caption: message.New("exhaust.caption-bounds"),
		Head: page.Head("exhaust.head.drain", "exhaust.head.bound", "exhaust.head.name", "exhaust.head.requirement",
			"exhaust.head.reference", "exhaust.head.weakness", "exhaust.head.example"),
	}
	for _, d := range f.drains() {
		if d.CWE == 0 {
			continue // nothing must protect the server from it
		}
		cve := page.Plain(page.None)
		if d.CVE != "" {
			cve = page.Cell{Text: message.Text(d.CVE), To: database + d.CVE}
		}
		t.Add(d.Title, d.Bound, d.Name, fmt.Sprintf("R%02d", d.Requirement), d.Reference, fmt.Sprintf("CWE-%d", d.CWE), cve)
	}
	return t
}

// prices are what defences add.
func (f *Findings) prices() page.Table {
	t := page.Table{
		Caption: message.New("exhaust.caption-prices"), Open: true,
		Head: page.Head("head.scheme", "exhaust.head.without", "#exhaust.head.us", "exhaust.head.with", "#exhaust.head.us",
			"#exhaust.head.added", "exhaust.head.requirement"),
	}
	for _, name := range f.part.Defences {
		d, _ := defenceOf(name)
		titled := false
		for _, s := range f.schemes {
			c, ok := f.of(s.Name, name, 0)
			if !ok {
				continue
			}
			if !titled {
				t.Rows, titled = append(t.Rows, page.Row{Group: d.Title}), true
			}
			t.Rows = append(t.Rows, page.Row{Grey: c.Idle || !c.Why.IsZero(), Cells: page.Cells(s.Name, d.Without,
				page.Interval(c.Beside, page.Significant), d.With, page.Interval(c.Replica, page.Significant), added(c),
				fmt.Sprintf("R%02d", d.Requirement))})
		}
	}
	return t
}

// added is what a defence adds; ~ before it where it is not told from nothing.
func added(c Cost) string {
	text := signed(c.Added)
	if c.Added.Known() && !told(c) {
		return "~ " + text
	}
	return text
}

// signed is a difference with its sign.
func signed(e stats.Estimate) string {
	return page.Interval(e, func(v float64) string {
		if v > 0 {
			return "+" + page.Significant(v)
		}
		return page.Significant(v)
	})
}

// notes say what was not measured, and what was measured while the replica was idle.
func (f *Findings) notes() (notes []message.Message) {
	idle := false
	for _, c := range f.Costs {
		idle = idle || c.Idle
		if c.Why.IsZero() {
			continue
		}
		if d, ok := drainOf(c.What); ok {
			notes = append(notes, message.New("exhaust.note-not-measured", "drain", d.Title, "size", sized(d, c.Size),
				"scheme", c.Scheme, "why", c.Why))
			continue
		}
		title := message.Message{}
		if d, ok := defenceOf(c.What); ok {
			title = d.Title
		} else if a, ok := insideOf(c.What); ok {
			title = a.Title
		}
		notes = append(notes, message.New("exhaust.note-no-price", "defence", title, "scheme", c.Scheme, "why", c.Why))
	}
	if idle {
		notes = append(notes, message.New("exhaust.note-idle"))
	}
	return notes
}

// Answer implements experiment.Findings: which drain's request costs most, and which of the others costs most for what
// the attacker sends.
func (f *Findings) Answer() []message.Message {
	most, ok := f.most(func(c Cost) float64 { return c.Ratio.Center }, "")
	if !ok {
		return nil
	}
	d, _ := drainOf(most.What)
	out := []message.Message{message.New("exhaust.answer",
		"drain", d.Title, "scheme", most.Scheme, "ratio", page.Interval(most.Ratio, page.Significant), "bound", d.Bound)}
	if other, ok := f.most(func(c Cost) float64 { return c.PerKB.Center }, most.What); ok {
		d, _ := drainOf(other.What)
		out = append(out, message.New("exhaust.answer-most",
			"drain", d.Title, "scheme", other.Scheme, "us", page.Interval(other.PerKB, page.Significant)))
	}
	return out
}

// most is the attack with the highest figure among all drains but one. What was measured while the replica was
// idle does not count.
func (f *Findings) most(of func(Cost) float64, but string) (most Cost, ok bool) {
	for _, c := range f.Costs {
		d, known := drainOf(c.What)
		if known && d.CWE > 0 && c.What != but && c.Ratio.Known() && !c.Idle && of(c) > of(most) {
			most, ok = c, true
		}
	}
	return most, ok
}
