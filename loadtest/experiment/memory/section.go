package memory

import (
	"fmt"
	"math"
	"strconv"

	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: "memory", Title: "Memory, by how many are logged in"}
	if !f.Known() {
		s.Text = []string{"How memory grows with the logins was not measured, because the run ended before."}
		return s
	}
	s.Text = []string{fmt.Sprintf("One replica and its store; starts of both: %d. More and more users sign in, once each; then they all ask who they are, so that a login which was "+
		"forgotten shows as a wrong answer, and what is held is read.", f.starts())}
	s.Tables = []page.Table{f.holding(), f.slopes()}
	s.Notes = []string{
		"The live heap is what the replica's collector found alive; it runs here whenever the heap has grown by a twentieth, and without ballast. Resident is what the operating " +
			"system gives it, garbage and program included. The store's bytes are by its own count, with what it needs to find them.",
		"A login's bytes are a line through the smallest and the largest number of logins, of each start; bend is how far what was measured between them is off that line, as a " +
			"share of what the logins take.",
		"Accounts are in a database on disk and are no part of it. A token row holds refresh families there too.",
	}
	if f.part.Beyond > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("What %d logins would take is where the line arrives: computed, and measured by nobody; its interval is that of the starts, and knows "+
			"nothing of what a line is not.", f.part.Beyond))
	}
	for _, g := range f.Growth {
		if g.Refused != "" {
			s.Notes = append(s.Notes, fmt.Sprintf("Nothing is shown for %s: %s.", g.Name, g.Refused))
		}
		s.Notes = append(s.Notes, withheld(g.Replica, f.part.Beyond, "replica", g.Name)...)
		if g.Store != nil {
			s.Notes = append(s.Notes, withheld(*g.Store, f.part.Beyond, "store", g.Name)...)
		}
	}
	return s
}

// withheld says why a line is not drawn on.
func withheld(s Slope, beyond int, tier, name string) []string {
	if s.Withheld == "" || beyond == 0 {
		return nil
	}
	return []string{fmt.Sprintf("What %d logins would take of the %s is withheld for %s: %s.", beyond, tier, name, s.Withheld)}
}

// of returns a row's growth where there is one to show.
func (f *Findings) of(name string) *Growth {
	for i := range f.Growth {
		if f.Growth[i].Name == name && f.Growth[i].Refused == "" {
			return &f.Growth[i]
		}
	}
	return nil
}

func (f *Findings) holding() page.Table {
	t := page.Table{Caption: "Held for so many logins, MiB", Head: []string{"scheme", "#logins", "#live heap", "#resident", "#store"}}
	t.Grouped(f.schemes, func(scheme plan.Scheme) (rows []page.Row) {
		g := f.of(scheme.Name)
		if g == nil {
			return nil
		}
		for _, h := range g.Sizes {
			store := page.None
			if h.Store > 0 {
				store = mebibytes(h.Store)
			}
			rows = append(rows, page.Row{Cells: page.Cells(g.Name, fmt.Sprint(h.Logins), mebibytes(h.LiveHeap), mebibytes(h.Resident), store)})
		}
		return rows
	})
	return t
}

func (f *Findings) slopes() page.Table {
	t := page.Table{Caption: "What a login takes", Head: []string{"scheme"}}
	for _, tier := range []string{"replica", "store"} {
		t.Head = append(t.Head, "#"+tier+", bytes a login", "#bend")
		if beyond := f.part.Beyond; beyond > 0 {
			t.Head = append(t.Head, fmt.Sprintf("#%s, MiB for %d", tier, beyond))
		}
	}
	t.Grouped(f.schemes, func(scheme plan.Scheme) []page.Row {
		g := f.of(scheme.Name)
		if g == nil {
			return nil
		}
		beyond := f.part.Beyond > 0
		line := append(page.Cells(g.Name), slopeCells(&g.Replica, beyond)...)
		return []page.Row{{Cells: append(line, slopeCells(g.Store, beyond)...)}}
	})
	return t
}

// slopeCells are a line's bytes and bend, and where it arrives beyond what was measured, where the plan asks for that.
func slopeCells(s *Slope, beyond bool) []page.Cell {
	line, arrives := page.Cells(page.None, page.None), page.Cell{Text: page.None}
	if s != nil && s.Bytes.Known() {
		line = page.Cells(page.Interval(s.Bytes, wholeBytes), fmt.Sprintf("%+.0f %%", 100*s.Bend))
		arrives = page.Cell{Text: page.Interval(s.Beyond, mebibytes), Grey: true}
		if s.Withheld != "" {
			arrives.Text = "withheld"
		}
	}
	if beyond {
		line = append(line, arrives)
	}
	return line
}

func wholeBytes(v float64) string { return strconv.FormatInt(int64(math.Round(v)), 10) }

func mebibytes(v float64) string { return page.Significant(v / (1 << 20)) }

// starts is at how many starts every row was read.
func (f *Findings) starts() int {
	n := f.part.Starts
	for _, g := range f.Growth {
		n = min(n, g.Starts)
	}
	return n
}

// Answer implements experiment.Findings: it says what a login takes, of that which takes something.
func (f *Findings) Answer() []string {
	var some, nothing, bent, untold []string
	for _, g := range f.Growth {
		if g.Refused != "" || !g.Replica.Bytes.Known() {
			continue
		}
		if g.Scheme.Store && g.Store == nil {
			untold = append(untold, g.Name)
		}
		if g.Replica.Bent() || g.Store != nil && g.Store.Bent() {
			bent = append(bent, g.Name)
			continue
		}
		switch parts := taken(g); {
		case len(parts) > 0:
			some = append(some, page.Enumerate(parts)+" with "+g.Name)
		case !g.Scheme.Store || g.Store != nil:
			nothing = append(nothing, g.Name)
		}
	}
	var out []string
	for _, s := range []struct {
		text string
		of   []string
	}{
		{"A login takes %s.", some},
		{"A login takes nothing that shows, of a replica or a store, with %s.", nothing},
		{"What a login takes is no one figure with %s: what is held does not grow in a line.", bent},
		{"What a login takes of the store is not known of %s, because this store does not tell.", untold},
	} {
		if len(s.of) > 0 {
			out = append(out, fmt.Sprintf(s.text, page.Enumerate(s.of)))
		}
	}
	return out
}

// taken is what a login takes of the replica and of the store, where it takes something.
func taken(g Growth) (parts []string) {
	if g.Replica.Bytes.Center >= Noise {
		parts = append(parts, page.Interval(g.Replica.Bytes, wholeBytes)+" bytes of a replica")
	}
	if g.Store != nil && g.Store.Bytes.Center >= Noise {
		parts = append(parts, page.Interval(g.Store.Bytes, wholeBytes)+" bytes of the store")
	}
	return parts
}
