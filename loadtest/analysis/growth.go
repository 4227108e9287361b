package analysis

import (
	"fmt"

	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// Growth is how what a row holds grows with the logins.
type Growth struct {
	Name   string      `json:"scheme"`
	Scheme plan.Scheme `json:"-"`
	// Sizes are what was held, by number of logins.
	Sizes   []Holding `json:"sizes"`
	Replica Slope     `json:"replica"`
	Store   *Slope    `json:"store,omitempty"`   // nil where there is none, or it does not tell
	Refused string    `json:"refused,omitempty"` // why nothing of the row is shown; empty where it is
}

// Holding is the median over starts of what was held for so many logins.
type Holding struct {
	Logins   int     `json:"logins"`
	LiveHeap float64 `json:"live_heap_bytes"`
	Resident float64 `json:"resident_bytes"`
	Store    float64 `json:"store_bytes"` // 0 where there is none, or it does not tell
}

// Slope is a straight line through what was held at the smallest and the largest number of logins. Samples are starts.
type Slope struct {
	Bytes  Estimate `json:"bytes_a_login"`
	Beyond Estimate `json:"bytes_beyond"` // where the line arrives at the plan's Beyond: computed, not measured
	// Bend is by which share the bytes held for the numbers of logins between were off the line, the largest of them: how straight
	// what was measured is. 0 with two numbers.
	Bend float64 `json:"bend"`
}

// knownShare is the least share of requests that must have been answered as the users' own.
const knownShare = 0.999

func (a *Analysis) growth() {
	m := a.Run.Plan.Memory
	if m == nil {
		return
	}
	for _, scheme := range a.Run.Plan.MemoryArms() {
		g := Growth{Name: scheme.Name, Scheme: scheme}
		starts := map[int]map[int]load.Footprint{} // by start and logins
		for _, f := range a.Run.Footprints {
			if f.Arm != scheme.Name {
				continue
			}
			if float64(f.Known) < knownShare*float64(f.Asked) || f.Asked == 0 {
				g.Refused = fmt.Sprintf("of %d requests of %d users who had signed in, %d were answered as theirs", f.Asked, f.Logins, f.Known)
			}
			if starts[f.Start] == nil {
				starts[f.Start] = map[int]load.Footprint{}
			}
			starts[f.Start][f.Logins] = f
		}
		if len(starts) == 0 {
			continue
		}
		if g.Refused == "" {
			g.fill(*m, starts)
		}
		a.Growth = append(a.Growth, g)
	}
}

func (g *Growth) fill(m plan.Memory, starts map[int]map[int]load.Footprint) {
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
		g.Sizes = append(g.Sizes, Holding{n, median(heap), median(resident), median(store)})
	}
	g.Replica = slope(m, starts, func(f load.Footprint) float64 { return float64(f.LiveHeap) })
	if told {
		s := slope(m, starts, func(f load.Footprint) float64 {
			if f.Store == nil {
				return 0
			}
			return float64(*f.Store)
		})
		g.Store = &s
	}
}

// slope draws the line of each start that was read at all sizes.
func slope(m plan.Memory, starts map[int]map[int]load.Footprint, bytes func(load.Footprint) float64) Slope {
	var each, beyond, bends []float64
	first, last := m.Logins[0], m.Logins[len(m.Logins)-1]
	for _, of := range starts {
		if len(of) != len(m.Logins) {
			continue
		}
		low := bytes(of[first])
		per := (bytes(of[last]) - low) / float64(last-first)
		each, beyond = append(each, per), append(beyond, low+per*float64(m.Beyond-first))
		bend := 0.0
		for _, n := range m.Logins[1 : len(m.Logins)-1] {
			if line := low + per*float64(n-first); line > 0 {
				bend = farther(bend, bytes(of[n])/line-1)
			}
		}
		bends = append(bends, bend)
	}
	return Slope{estimate(each), estimate(beyond), median(bends)}
}

// farther returns which of the two is farther from 0.
func farther(a, b float64) float64 {
	if b*b > a*a {
		return b
	}
	return a
}
