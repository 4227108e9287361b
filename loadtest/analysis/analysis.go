// Package analysis compares the rows of a run: paired ratios within a round, with intervals, and no winner where the data has
// none.
//
// All arms stand side by side and load visits each once a round, so that what the machine did in a round happened to all of
// them. A comparison is therefore the median over rounds of the ratio to the control of the same round, never a ratio of two
// medians. The control is measured twice in every round; what its twin differs by is the noise floor.
package analysis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Analysis is everything that a report prints.
type Analysis struct {
	Run     *measure.Run
	Void    string // why no figure of the run may be used: somebody got another user's answer
	Partial string // why the run is not whole; empty for a whole run
	Demand  []Cost
	// DemandDrift says that the control's cost drifted over the rounds, so that no absolute cost is better known than the
	// range over the thirds of the run; empty when it did not. ScalingDrift says so of throughput. Paired ratios stay.
	DemandDrift, ScalingDrift string
	// Heaps says that the rows' live heaps differ, so that collecting garbage costs them differently; empty when they do not.
	Heaps string
	// Floor is the cost ratio of the control to itself: the noise that every other ratio carries too.
	Floor   stats.Estimate
	Noisy   string  // why the floor is too high for the plan's resolution; empty when it is not
	Rivals  []Rival // by row of the plan
	Tiers   []TierCost
	Scaling []Throughput // by row, then size
	Ladder  []Rung       // by row, then rising load
	Latency []Latency    // by row, then rate
	// Capacity is the highest rate that held the plan's objective, by row, then size.
	Capacity []Capacity
	// Experiments are what the plan's kinds of experiment found, in their order.
	Experiments []Found
	Target      []Target // by load: closed loop by connections, then rates
	// TargetReplicas are those of a target, by index.
	TargetReplicas []TargetReplica
	// Calibration is what the model needs of each row, and Crowding by which share a request gets dearer where Crowd is 1.
	Calibration []Calibration
	Crowding    stats.Estimate
	Queueing    []Queueing // by row, then size
	Invalid     []Invalid
	Failures    []Failure // by when they first occurred
	// Measurements are the run's, in their order, with the doubts that the analysis adds to them.
	Measurements []measure.Measurement

	slices []measure.Measurement // in the order of the schedule, whatever their order in the file
}

// Found is what a kind of experiment found.
type Found struct {
	Kind string
	experiment.Findings
}

// Invalid counts the slices of a cell that do not count, and why.
type Invalid struct {
	Cell     string         `json:"cell"`
	Slices   int            `json:"slices"`
	Of       int            `json:"of"`
	Reason   measure.Reason `json:"reason"`
	Sentence string         `json:"sentence"` // of the first of them
}

// Compare analyses a run.
func Compare(r *measure.Run) *Analysis {
	a := &Analysis{Run: r, Partial: partial(r), Measurements: slices.Clone(r.Measurements)}
	a.refuse()
	a.slices = scheduled(a.Measurements)
	a.capacity()
	for _, m := range a.slices {
		for _, d := range m.Doubts {
			if d.Reason == measure.MixedUp && a.Void == "" {
				a.Void = fmt.Sprintf("%s: %s", label(m.Cell), d.Said)
			}
		}
	}
	a.Invalid = invalid(a.slices)
	a.failures()
	if r.Plan.Demand != nil {
		a.demand()
	}
	a.ladder()
	a.tiers()
	for _, kind := range all.Of(r.Plan) {
		a.Experiments = append(a.Experiments, Found{kind.Name(), kind.Analyse(&r.Run)})
	}
	if r.Plan.Scaling != nil {
		a.scaling()
		a.calibration()
		a.queueing()
	}
	if r.Plan.Latency != nil {
		a.latency()
	}
	if r.Plan.Target != nil {
		a.target()
	}
	slices.SortStableFunc(a.Invalid, func(x, y Invalid) int { return strings.Compare(x.Cell, y.Cell) })
	return a
}

// scheduled returns measurements in the order of the schedule.
func scheduled(all []measure.Measurement) []measure.Measurement {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(x, y measure.Measurement) int {
		return cmp.Or(
			cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Tier, y.Tier), cmp.Compare(x.Restart, y.Restart), cmp.Compare(x.Round, y.Round),
			cmp.Compare(x.Place, y.Place), cmp.Compare(x.Arm, y.Arm), cmp.Compare(x.Replicas, y.Replicas), cmp.Compare(x.Rate, y.Rate),
		)
	})
	return all
}

// partial says why a run is not whole.
func partial(r *measure.Run) string {
	finished := false
	var why []string
	for _, e := range r.Events {
		switch e.Kind {
		case record.Interrupted, record.Failed:
			why = append(why, e.Text())
		case record.Finished:
			finished = true
		}
	}
	if !finished && len(why) == 0 {
		why = append(why, "the run was killed")
	}
	return strings.Join(why, "; ")
}

// valid returns the measurements to keep that count, in the order of the schedule.
func (a *Analysis) valid(keep func(*measure.Measurement) bool) []*measure.Measurement {
	var out []*measure.Measurement
	for i := range a.slices {
		m := &a.slices[i]
		if m.Valid() && keep(m) {
			out = append(out, m)
		}
	}
	return out
}

// label names a cell as a reader would.
func label(c record.Cell) string {
	switch {
	case c.Kind == plan.DemandCell:
		return fmt.Sprintf("demand of %s, %s", c.Arm, c.Tier)
	case c.Kind == plan.LatencyCell:
		return fmt.Sprintf("latency of %s at %g/s", c.Arm, c.Rate)
	case c.Kind == plan.LadderCell && c.Share > 0:
		return fmt.Sprintf("ladder of %s at %.0f %%", c.Arm, 100*c.Share)
	case c.Kind == plan.TargetCell && c.Rate > 0:
		return fmt.Sprintf("target, %s at %g/s", c.Arm, c.Rate)
	case c.Kind == plan.TargetCell:
		return fmt.Sprintf("target, %s in closed loop", c.Arm)
	case c.Kind == plan.CalibrationCell:
		return fmt.Sprintf("calibration of %s, %s", c.Arm, c.Tier)
	default:
		return fmt.Sprintf("%s of %s × %d", c.Kind, c.Arm, c.Replicas)
	}
}

// invalid counts the slices that do not count, for each cell and for doubts that are alike.
func invalid(all []measure.Measurement) []Invalid {
	of := map[string]int{}
	var order []Invalid
	var firsts []measure.Doubt
	for _, m := range all {
		name := label(m.Cell)
		of[name]++
		for _, d := range m.Doubts {
			i := 0
			for i < len(order) && !(order[i].Cell == name && d.Alike(firsts[i])) {
				i++
			}
			if i == len(order) {
				order, firsts = append(order, Invalid{Cell: name, Reason: d.Reason, Sentence: d.Said.String()}), append(firsts, d)
			}
			order[i].Slices++
		}
	}
	for i := range order {
		order[i].Of = of[order[i].Cell]
	}
	return order
}
