package exhaust

import (
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

const key = "exhaust"

// Part is the kind's part of a plan.
type Part struct {
	Drains      []string      `yaml:"drains"`      // by name
	Defences    []string      `yaml:"defences"`    // by name; may be empty
	Starts      int           `yaml:"starts"`      // of the servers; with fewer than 6 there are no intervals
	Turns       int           `yaml:"turns"`       // of the two sides of a defence, at each start
	Slice       time.Duration `yaml:"slice"`       // of a drain, and of each side of a defence
	Connections int           `yaml:"connections"` // enough to keep a replica busy
	// Inside are defences that are measured in process, by name, and Rounds how often at each start. Both may be empty.
	Inside []string `yaml:"inside,omitempty"`
	Rounds int      `yaml:"rounds,omitempty"`
}

// Key implements plan.Part.
func (p *Part) Key() string { return key }

// Check implements plan.Part.
func (p *Part) Check(*plan.Plan) error {
	if len(p.Drains) == 0 {
		return fmt.Errorf("exhaust needs drains, such as [%s]", Drains[1].Name)
	}
	seen := map[string]bool{}
	for _, name := range slices.Concat(p.Drains, p.Defences, p.Inside) {
		if seen[name] {
			return fmt.Errorf("exhaust has %q twice", name)
		}
		seen[name] = true
	}
	for _, name := range p.Drains {
		if _, ok := drainOf(name); !ok {
			return fmt.Errorf("exhaust knows no drain %q", name)
		}
	}
	for _, name := range p.Defences {
		if _, ok := defenceOf(name); !ok {
			return fmt.Errorf("exhaust knows no defence %q", name)
		}
	}
	for _, name := range p.Inside {
		if _, ok := insideOf(name); !ok {
			return fmt.Errorf("exhaust knows no defence %q inside", name)
		}
	}
	switch {
	case (len(p.Inside) > 0) != (p.Rounds > 0) || p.Rounds < 0 || p.Rounds > mostRounds:
		return fmt.Errorf("exhaust needs from 1 to %d rounds of what is inside, and none without, not %d", mostRounds,
			p.Rounds)
	case p.Starts < 1 || p.Starts > plan.MostStarts || p.Turns < 1 || p.Turns > plan.MostStarts:
		return fmt.Errorf("exhaust needs from 1 to %d starts and turns, not %d and %d", plan.MostStarts, p.Starts, p.Turns)
	case p.Slice < 10*time.Millisecond || p.Slice > 10*time.Second:
		return fmt.Errorf("exhaust.slice must be between 10ms and 10s, not %v", p.Slice)
	case p.Connections < 1 || p.Connections > mostConnections:
		return fmt.Errorf("exhaust needs from 1 to %d connections, not %d", mostConnections, p.Connections)
	}
	return nil
}

// Programs implements plan.Programmed.
func (p *Part) Programs() []string {
	if len(p.Inside) == 0 {
		return nil
	}
	return []string{experiment.HopProgram}
}

// mostRounds are lines of one start.
const mostRounds = 10_000

// mostConnections leaves room for drains that use several times as many.
const mostConnections = 256

// drains are those of the plan that apply to a scheme. A scheme that is a defence of another one in the plan reads
// requests as that one does: only the defence is asked about it.
func (p *Part) drains(of *plan.Plan, s plan.Scheme) (all []Drain) {
	if slices.ContainsFunc(p.defences(of, s), func(d Defence) bool { return d.scheme == s.Name }) {
		return nil
	}
	for _, name := range p.Drains {
		if d, _ := drainOf(name); d.on(s) { // Check has refused unknown ones
			all = append(all, d)
		}
	}
	return all
}

// defences are those of the plan that a scheme has, where what it is compared with stands too.
func (p *Part) defences(of *plan.Plan, s plan.Scheme) (all []Defence) {
	for _, name := range p.Defences {
		if d, _ := defenceOf(name); d.on(of, s) {
			all = append(all, d)
		}
	}
	return all
}

// Visit is what a scheme is asked once at each start: a size of a drain, or a turn of a defence.
type Visit struct {
	Drain   *Drain   // nil for a defence
	Defence *Defence // nil for a drain
	Size    int      // of the drain
	Turn    int      // of the defence
}

// Name is the drain's or the defence's.
func (v Visit) Name() string {
	if v.Drain != nil {
		return v.Drain.Name
	}
	return v.Defence.Name
}

// Visits are those of a scheme at a start.
func (p *Part) Visits(of *plan.Plan, s plan.Scheme) (all []Visit) {
	for _, d := range p.drains(of, s) {
		for _, size := range d.Sizes {
			all = append(all, Visit{Drain: &d, Size: size})
		}
	}
	for _, d := range p.defences(of, s) {
		for turn := range p.Turns {
			all = append(all, Visit{Defence: &d, Turn: turn})
		}
	}
	return all
}

// beside is how long the other requests of a visit are sent. Valid ones are sent as often as all sizes of all drains
// are, so that half a slice is enough.
func (p *Part) beside(v Visit) time.Duration {
	if v.Drain != nil {
		return p.Slice / 2
	}
	return p.Slice
}

// shut is how long a start takes beyond what the costs of a machine say: of servers with their logins, or of a program
// that measures in process.
const shut = 150 * time.Millisecond

// Stage implements plan.Part.
func (p *Part) Stage(of *plan.Plan, c plan.Costs) plan.Stage {
	schemes, cells := of.LoginSchemes(), len(p.Inside)
	each := time.Duration(0) // a start
	if cells > 0 {
		each = shut + time.Duration(3*p.Rounds*cells)*hopSlice
	}
	for _, s := range schemes {
		each += c.Start + shut
		for _, v := range p.Visits(of, s) {
			cells++
			window := p.Slice
			if v.Drain != nil && v.Drain.Counted {
				window = v.Drain.Takes
			}
			each += window + p.beside(v) + 2*c.Hop
		}
	}
	return plan.Stage{Name: key, Time: time.Duration(p.Starts) * each, Detail: message.New("exhaust.stage",
		"schemes", message.Count(len(schemes), "scheme"), "cells", cells,
		"starts", message.Count(p.Starts, "start")).String()}
}
