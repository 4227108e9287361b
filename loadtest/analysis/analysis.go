// Package analysis compares the rows of a run: paired ratios within a round, with intervals, and no winner where the data has
// none.
//
// All arms stand side by side and load visits each once a round, so that what the machine did in a round happened to all of
// them. A comparison is therefore the median over rounds of the ratio to the control of the same round, never a ratio of two
// medians. The control is measured twice in every round; what its twin differs by is the noise floor.
package analysis

import (
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// Analysis is everything that a report prints.
type Analysis struct {
	Run     *measure.Run
	Void    string // why no figure of the run may be used: somebody got another user's answer
	Partial string // why the run is not whole; empty for a whole run
	Demand  []Cost
	// Floor is the cost ratio of the control to itself: the noise that every other ratio carries too.
	Floor   Estimate
	Noisy   string // why the floor is too high for the plan's resolution; empty when it is not
	Tiers   []TierCost
	Scaling []Throughput // by row, then size
	Latency []Latency    // by row, then rate
	Invalid []Invalid
}

// Invalid counts the slices of a cell that do not count, and why.
type Invalid struct {
	Cell     string `json:"cell"`
	Slices   int    `json:"slices"`
	Of       int    `json:"of"`
	Reason   measure.Reason
	Sentence string `json:"sentence"` // of the first of them
}

// Compare analyses a run.
func Compare(r *measure.Run) *Analysis {
	a := &Analysis{Run: r, Partial: partial(r)}
	for _, m := range r.Measurements {
		for _, d := range m.Doubts {
			if d.Reason == measure.MixedUp {
				a.Void = fmt.Sprintf("%s: %s", label(m.Cell), d.Sentence)
			}
		}
	}
	a.Invalid = invalid(r.Measurements)
	if r.Plan.Demand != nil {
		a.demand()
	}
	a.tiers()
	if r.Plan.Scaling != nil {
		a.scaling()
	}
	if r.Plan.Latency != nil {
		a.latency()
	}
	return a
}

// partial says why a run is not whole.
func partial(r *measure.Run) string {
	finished := false
	var why []string
	for _, e := range r.Events {
		switch e.Kind {
		case measure.Interrupted, measure.Failed:
			why = append(why, e.Sentence)
		case measure.Finished:
			finished = true
		}
	}
	if !finished && len(why) == 0 {
		why = append(why, "the run was killed")
	}
	return strings.Join(why, "; ")
}

// valid returns the measurements of one kind and arm that count.
func (a *Analysis) valid(keep func(*measure.Measurement) bool) []*measure.Measurement {
	var out []*measure.Measurement
	for i := range a.Run.Measurements {
		m := &a.Run.Measurements[i]
		if m.Valid() && keep(m) {
			out = append(out, m)
		}
	}
	return out
}

// label names a cell as a reader would.
func label(c load.Cell) string {
	switch {
	case c.Kind == plan.DemandCell:
		return fmt.Sprintf("demand of %s, %s", c.Arm, c.Tier)
	case c.Kind == plan.LatencyCell:
		return fmt.Sprintf("latency of %s at %g/s", c.Arm, c.Rate)
	default:
		return fmt.Sprintf("%s of %s × %d", c.Kind, c.Arm, c.Replicas)
	}
}

func invalid(all []measure.Measurement) []Invalid {
	of := map[string]int{}
	var order []Invalid
	for _, m := range all {
		name := label(m.Cell)
		of[name]++
		for _, d := range m.Doubts {
			i := slices.IndexFunc(order, func(x Invalid) bool { return x.Cell == name && x.Reason == d.Reason })
			if i < 0 {
				order = append(order, Invalid{Cell: name, Reason: d.Reason, Sentence: d.Sentence})
				i = len(order) - 1
			}
			order[i].Slices++
		}
	}
	for i := range order {
		order[i].Of = of[order[i].Cell]
	}
	slices.SortStableFunc(order, func(x, y Invalid) int { return strings.Compare(x.Cell, y.Cell) })
	return order
}
