package memory

import (
	"fmt"
	"math"
	"strconv"

	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
)

// Section implements experiment.Findings.
func (f *Findings) Section() page.Section {
	s := page.Section{ID: key, Title: message.New("memory.title")}
	if !f.Known() {
		s.Text = []message.Message{message.New("memory.not-measured")}
		return s
	}
	s.Text = []message.Message{message.New("memory.text", "starts", f.starts())}
	s.Tables = []page.Table{f.holding(), f.slopes()}
	s.Notes = []message.Message{
		message.New("memory.note-held"), message.New("memory.note-bend"),
		message.New("memory.note-accounts"),
	}
	if f.part.Beyond > 0 {
		s.Notes = append(s.Notes, message.New("memory.note-beyond", "logins", f.part.Beyond))
	}
	for _, g := range f.Growth {
		if !g.Refused.IsZero() {
			s.Notes = append(s.Notes, message.New("kind.refused", "scheme", g.Name, "why", g.Refused))
		}
		s.Notes = append(s.Notes, withheld(g.Replica, f.part.Beyond, "replica", g.Name)...)
		if g.Store != nil {
			s.Notes = append(s.Notes, withheld(*g.Store, f.part.Beyond, "store", g.Name)...)
		}
	}
	return s
}

// withheld says why a line is not extrapolated.
func withheld(s Slope, beyond int, tier, name string) []message.Message {
	if s.Withheld.IsZero() || beyond == 0 {
		return nil
	}
	return []message.Message{message.New("memory.note-withheld",
		"logins", beyond, "tier", message.Tier(tier), "scheme", name, "why", s.Withheld)}
}

// of returns a scheme's growth where there is one to show.
func (f *Findings) of(name string) *Growth {
	for i := range f.Growth {
		if f.Growth[i].Name == name && f.Growth[i].Refused.IsZero() {
			return &f.Growth[i]
		}
	}
	return nil
}

func (f *Findings) holding() page.Table {
	t := page.Table{
		Caption: message.New("memory.caption-held"),
		Head:    page.Head("head.scheme", "#head.logins", "#memory.live-heap", "#memory.resident", "#memory.store"),
	}
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
			rows = append(rows, page.Row{Cells: page.Cells(
				g.Name, h.Logins, mebibytes(h.LiveHeap), mebibytes(h.Resident), store,
			)})
		}
		return rows
	})
	return t
}

func (f *Findings) slopes() page.Table {
	t := page.Table{Caption: message.New("memory.caption-login"), Head: page.Head("head.scheme")}
	for _, tier := range []string{"replica", "store"} {
		t.Head = append(t.Head, page.Numbers(message.New("memory.bytes", "tier", message.Tier(tier))),
			page.Numbers(message.New("memory.bend")))
		if beyond := f.part.Beyond; beyond > 0 {
			t.Head = append(t.Head, page.Numbers(message.New("memory.beyond", "tier", message.Tier(tier), "logins", beyond)))
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

// slopeCells are a line's bytes and bend, and its value beyond what was measured where the plan asks for that.
func slopeCells(s *Slope, beyond bool) []page.Cell {
	line, arrives := page.Cells(page.None, page.None), page.Plain(page.None)
	if s != nil && s.Bytes.Known() {
		line = page.Cells(page.Interval(s.Bytes, wholeBytes), fmt.Sprintf("%+.0f %%", 100*s.Bend))
		arrives = page.Grey(page.Interval(s.Beyond, mebibytes))
		if !s.Withheld.IsZero() {
			arrives = page.Grey(message.New("kind.withheld"))
		}
	}
	if beyond {
		line = append(line, arrives)
	}
	return line
}

func wholeBytes(v float64) string { return strconv.FormatInt(int64(math.Round(v)), 10) }

func mebibytes(v float64) string { return page.Significant(v / (1 << 20)) }

// starts is the number of starts at which every scheme was read.
func (f *Findings) starts() int {
	n := f.part.Starts
	for _, g := range f.Growth {
		n = min(n, g.Starts)
	}
	return n
}

// Answer implements experiment.Findings: what a login takes, where it takes something.
func (f *Findings) Answer() []message.Message {
	var some []message.Message
	var nothing, bent, untold []string
	for _, g := range f.Growth {
		if !g.Refused.IsZero() || !g.Replica.Bytes.Known() {
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
			some = append(some, message.New("memory.takes-with", "parts", parts, "scheme", g.Name))
		case !g.Scheme.Store || g.Store != nil:
			nothing = append(nothing, g.Name)
		}
	}
	var out []message.Message
	if len(some) > 0 {
		out = append(out, message.New("memory.answer", "takes", some))
	}
	if len(nothing) > 0 {
		out = append(out, message.New("memory.answer-nothing", "schemes", nothing))
	}
	if len(bent) > 0 {
		out = append(out, message.New("memory.answer-bent", "schemes", bent))
	}
	if len(untold) > 0 {
		out = append(out, message.New("memory.answer-untold", "schemes", untold))
	}
	return out
}

// taken is what a login takes of the replica and of the store, where it takes something.
func taken(g Growth) (parts []message.Message) {
	if g.Replica.Bytes.Center >= Noise {
		parts = append(parts, message.New("memory.of-replica", "bytes", page.Interval(g.Replica.Bytes, wholeBytes)))
	}
	if g.Store != nil && g.Store.Bytes.Center >= Noise {
		parts = append(parts, message.New("memory.of-store", "bytes", page.Interval(g.Store.Bytes, wholeBytes)))
	}
	return parts
}
