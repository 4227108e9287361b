package memory

import (
	"encoding/json"
	"math"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Growth is how the memory of a scheme grows with the logins.
type Growth struct {
	Name   string      `json:"scheme"` // the scheme's name
	Scheme plan.Scheme `json:"-"`
	// Sizes are what was held, by number of logins.
	Sizes   []Holding        `json:"sizes"`
	Replica Slope            `json:"replica"`          // of the replica's live heap
	Starts  int              `json:"starts"`           // that were read
	Store   *Slope           `json:"store,omitempty"`  // nil where there is none, or it does not tell
	Refused message.Sentence `json:"refused,omitzero"` // why nothing of the scheme is shown; empty where it is
}

// Holding is what was held for a number of logins, median over starts.
type Holding struct {
	Logins   int     `json:"logins"`          // their number
	LiveHeap float64 `json:"live_heap_bytes"` // of the replica, after a collection
	Resident float64 `json:"resident_bytes"`  // of the replica, by the operating system
	Store    float64 `json:"store_bytes"`     // 0 where there is none, or it does not tell
}

// Slope is a straight line through what was held at the smallest and at the largest number of logins. Samples are
// starts.
type Slope struct {
	Bytes stats.Estimate `json:"bytes_a_login"` // the slope of the line
	// Beyond is the value of the line at the plan's Beyond: computed, not measured; unknown where the plan has none.
	Beyond stats.Estimate `json:"bytes_beyond"`
	// Bend is how far what was measured between the ends was off the line, as a share of what the logins take by the line:
	// the largest deviation. It shows how straight the growth is. It is 0 with two numbers of logins, and where a login
	// takes too little to show.
	Bend float64 `json:"bend"`
	// Withheld says why the line says nothing of Beyond; empty where it does.
	Withheld message.Sentence `json:"withheld,omitzero"`
}

// Noise is the resolution of a heap reading, in bytes per login: a login that takes less takes nothing that shows.
const Noise = 16

// straight is how far a measurement may be off a line that is extrapolated: tables that double are off by a tenth.
const straight = 0.2

// Bent reports whether what was held did not grow in a straight line.
func (s Slope) Bent() bool { return math.Abs(s.Bend) > straight }

// withhold says why the line is not extrapolated: it is not straight, or a replica has room for no more than room
// logins (0 is no limit).
func (s *Slope) withhold(beyond, room int) {
	switch {
	case s.Bent():
		s.Withheld = message.Say("memory.bent", "share", math.Abs(s.Bend))
	case room > 0 && beyond > room:
		s.Withheld = message.Say("memory.room", "logins", room)
	}
	if !s.Withheld.IsZero() {
		s.Beyond = stats.Estimate{}
	}
}

// knownShare is the least share of requests that must have been answered as the users' own.
const knownShare = 0.999

// Findings are by scheme.
type Findings struct {
	part    *Part
	schemes []plan.Scheme
	Growth  []Growth
}

// MarshalJSON writes them as a list.
func (f *Findings) MarshalJSON() ([]byte, error) { return json.Marshal(f.Growth) }

// Known implements experiment.Findings.
func (f *Findings) Known() bool { return len(f.Growth) > 0 }

// Figures implements experiment.Findings: bytes are the same on any machine.
func (f *Findings) Figures() (all []experiment.Figure) {
	add := func(what message.Message, scheme string, of stats.Estimate) {
		if of.Known() && of.Center >= Noise {
			all = append(all, experiment.Figure{What: what, Scheme: scheme, Of: of})
		}
	}
	for _, g := range f.Growth {
		add(message.New("memory.figure-replica"), g.Name, g.Replica.Bytes)
		if g.Store != nil {
			add(message.New("memory.figure-store"), g.Name, g.Store.Bytes)
		}
	}
	return all
}

func analyse(r *record.Run) experiment.Findings {
	part, _ := plan.PartOf[*Part](r.Plan)
	lines := read(r)
	found := &Findings{part: part, schemes: r.Plan.LoginSchemes()}
	for _, scheme := range found.schemes {
		if g, ok := growth(part, scheme, lines); ok {
			found.Growth = append(found.Growth, g)
		}
	}
	return found
}

// growth is the growth of one scheme, where it has any line.
func growth(m *Part, scheme plan.Scheme, lines []Footprint) (Growth, bool) {
	g := Growth{Name: scheme.Name, Scheme: scheme}
	starts := map[int]map[int]Footprint{} // by start and logins
	for _, f := range lines {
		if f.Scheme != scheme.Name {
			continue
		}
		if float64(f.Known) < knownShare*float64(f.Asked) || f.Asked == 0 {
			g.Refused = message.Say("memory.forgotten", "asked", f.Asked, "users", f.Logins, "known", f.Known)
		}
		if starts[f.Start] == nil {
			starts[f.Start] = map[int]Footprint{}
		}
		starts[f.Start][f.Logins] = f
	}
	if g.Starts = len(starts); g.Starts > 0 && g.Refused.IsZero() {
		g.fill(m, starts)
	}
	return g, g.Starts > 0
}

func (g *Growth) fill(m *Part, starts map[int]map[int]Footprint) {
	told := false
	for _, n := range m.Logins {
		var heap, resident, store []float64
		for _, of := range starts {
			f, ok := of[n]
			if !ok {
				continue
			}
			heap, resident = append(heap, float64(f.LiveHeap)), append(resident, float64(f.Resident))
			if f.Store != nil {
				told, store = true, append(store, float64(*f.Store))
			}
		}
		g.Sizes = append(g.Sizes, Holding{n, stats.Median(heap), stats.Median(resident), stats.Median(store)})
	}
	g.Replica = slope(m, starts, func(f Footprint) float64 { return float64(f.LiveHeap) })
	g.Replica.withhold(m.Beyond, g.Scheme.Room())
	if told {
		s := slope(m, starts, func(f Footprint) float64 {
			if f.Store == nil {
				return 0
			}
			return float64(*f.Store)
		})
		s.withhold(m.Beyond, 0)
		g.Store = &s
	}
}

// slope computes the line of each start that was read at all sizes.
func slope(m *Part, starts map[int]map[int]Footprint, bytes func(Footprint) float64) Slope {
	var each, beyond, bends []float64
	first, last := m.Logins[0], m.Logins[len(m.Logins)-1]
	for _, of := range starts {
		if len(of) != len(m.Logins) {
			continue
		}
		low := bytes(of[first])
		per := (bytes(of[last]) - low) / float64(last-first)
		each = append(each, per)
		if m.Beyond > 0 {
			beyond = append(beyond, low+per*float64(m.Beyond-first))
		}
		bend := 0.0
		for _, n := range m.Logins[1 : len(m.Logins)-1] {
			if grown := per * float64(n-first); per >= Noise {
				bend = farther(bend, (bytes(of[n])-low-grown)/grown)
			}
		}
		bends = append(bends, bend)
	}
	return Slope{Bytes: stats.Of(each), Beyond: stats.Of(beyond), Bend: stats.Median(bends)}
}

// farther returns the value that is farther from 0.
func farther(a, b float64) float64 {
	if b*b > a*a {
		return b
	}
	return a
}
