// Package analysis compares the schemes of a run by paired ratios within a round, with confidence intervals. It names
// no winner where the data has none.
//
// All schemes run side by side, and load visits each of them once a round. Whatever the machine did in a round
// therefore happened to all of them. A comparison is the median over rounds of the ratio to the control of the same
// round, never a ratio of two medians. The control is measured twice in every round; the difference to its twin is the
// noise floor.
package analysis

import (
	"cmp"
	"slices"
	"strings"

	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Analysis is everything that a report prints.
type Analysis struct {
	Run     *measure.Run
	Void    message.Sentence // why no figure of the run may be used: a user got another user's answer
	Partial message.Sentence // why the run is not complete; empty for a complete run
	Demand  []Cost
	// DemandDrift says that the control's cost drifted over the rounds: an absolute cost is then known only as the range
	// over the thirds of the run. It is empty where the cost did not drift. ScalingDrift says the same of throughput.
	// Paired ratios stay valid.
	DemandDrift, ScalingDrift message.Sentence
	// Heaps says that live heaps differ between schemes, so that garbage collection costs them differently; empty where
	// they do not differ.
	Heaps message.Sentence
	// Floor is the cost ratio of the control to itself: the noise that every other ratio carries too.
	Floor   stats.Estimate
	Pressed message.Sentence // that the generator was near its limit in the control's demand slices; empty when not
	Noisy   message.Sentence // why the floor is too high for the plan's resolution; empty when it is not
	Peers   []PeerCost       // by scheme of the plan
	Tiers   []TierCost
	Scaling []Throughput // by row, then size
	Bends   []Bend       // where the store was measured to be the bottleneck, by row
	Skews   []Skew       // by row, then size; none where no users come unequally often
	Ladder  []Rung       // by row, then rising load
	Latency []Latency    // by row, then rate
	// Distances are how much longer requests take with a store far away, by rate, then row; none where no store is.
	Distances []Distance
	// Capacity is the highest rate that held the plan's objective, by row, then size.
	Capacity []Capacity
	// Experiments are what the plan's kinds of experiment found, in their order.
	Experiments []Found
	Target      []Target // by load: closed loop by connections, then rates
	// TargetReplicas are the replicas of a target, by index.
	TargetReplicas []TargetReplica
	// Calibration is what the model needs of each scheme. Crowding is the share by which a request costs more where Crowd
	// is 1.
	Calibration []Calibration
	Crowding    stats.Estimate
	Queueing    []Queueing // by scheme, then size
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

// Invalid counts the slices of a cell that do not count, and says why.
type Invalid struct {
	Cell     message.Sentence `json:"cell"`     // what the slices measured
	Slices   int              `json:"slices"`   // their number
	Of       int              `json:"of"`       // all slices of the cell
	Reason   measure.Reason   `json:"reason"`   // why they do not count
	Sentence message.Sentence `json:"sentence"` // of the first of them
}

// Compare analyses a run.
func Compare(r *measure.Run) *Analysis {
	a := &Analysis{Run: r, Partial: partial(r), Measurements: slices.Clone(r.Measurements)}
	a.refuse()
	a.slices = scheduled(a.Measurements)
	a.capacity()
	for _, m := range a.slices {
		for _, d := range m.Doubts {
			if d.Reason == measure.MixedUp && a.Void.IsZero() {
				a.Void = message.Say("run.void", "cell", nameOf(m.Cell).label(), "said", d.Said)
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
		a.bends()
		a.skews()
		a.calibration()
		a.queueing()
	}
	if r.Plan.Latency != nil {
		a.latency()
		a.distances()
	}
	if r.Plan.Target != nil {
		a.target()
	}
	slices.SortStableFunc(a.Invalid, func(x, y Invalid) int { return strings.Compare(x.Cell.String(), y.Cell.String()) })
	return a
}

// scheduled returns measurements in the order of the schedule.
func scheduled(all []measure.Measurement) []measure.Measurement {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(x, y measure.Measurement) int {
		return cmp.Or(
			cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Tier, y.Tier), cmp.Compare(x.Round, y.Round),
			cmp.Compare(x.Restart, y.Restart), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Scheme, y.Scheme),
			cmp.Compare(x.Replicas, y.Replicas), cmp.Compare(x.Rate, y.Rate),
		)
	})
	return all
}

// partial says why a run is not complete.
func partial(r *measure.Run) message.Sentence {
	finished := false
	var why []message.Message
	for _, e := range r.Events {
		switch e.Kind {
		case record.Interrupted, record.Failed:
			why = append(why, e.Text())
		case record.Finished:
			finished = true
		}
	}
	switch {
	case len(why) > 0:
		return message.Say("run.ended", "why", why)
	case !finished:
		return message.Say("run.killed")
	}
	return message.Sentence{}
}

// valid returns the measurements that count and that keep selects, in the order of the schedule.
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

// invalid counts the slices that do not count, by cell and by doubts that are alike.
func invalid(all []measure.Measurement) []Invalid {
	type first struct {
		cell  cellName
		doubt measure.Doubt
	}
	of := map[cellName]int{}
	var order []Invalid
	var firsts []first
	for _, m := range all {
		name := nameOf(m.Cell)
		of[name]++
		for _, d := range m.Doubts {
			i := slices.IndexFunc(firsts, func(f first) bool { return f.cell == name && d.Alike(f.doubt) })
			if i < 0 {
				i = len(order)
				firsts = append(firsts, first{name, d})
				order = append(order, Invalid{Cell: name.label(), Reason: d.Reason, Sentence: message.Sentence{Message: d.Said}})
			}
			order[i].Slices++
		}
	}
	for i, f := range firsts {
		order[i].Of = of[f.cell]
	}
	return order
}
