package analysis

import (
	"math"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Cost is what a request costs one replica of a scheme, saturated and alone on its core.
type Cost struct {
	Name   string      `json:"scheme"` // the scheme's name
	Scheme plan.Scheme `json:"-"`
	// As names the scheme that was measured in place of this one; empty when it was measured itself.
	As string `json:"as,omitempty"`
	// CPU is µs per request, over all rounds. Absolute: compare it within this run only.
	CPU    stats.Estimate `json:"cpu_us"`
	Thirds Span           `json:"cpu_us_thirds"` // the same, by thirds of the rounds
	// Ratio to the control of the same round. A sample is the median over the rounds of a launch, or of a part of the
	// run's time where the ratio Moved.
	Ratio    stats.Estimate `json:"ratio_over_starts"`
	Launches []float64      `json:"ratio_of_each_start"` // the ratio of each launch
	Parts    []float64      `json:"ratio_of_each_part"`  // the ratio in each of as many equal parts of the run's time
	// Within is the ratio with rounds as samples: it knows nothing of how starts of one program differ.
	Within stats.Estimate `json:"ratio_within_starts"`
	// Added is µs per request more than the control of the same round, with launches as samples where there are enough.
	Added stats.Estimate `json:"added_us"`
	// Moved says that the ratio changed while the run went on. The samples of Ratio and Added are then equal parts of the
	// run's time, as many as there are launches.
	Moved    bool    `json:"moved,omitempty"`
	Switches float64 `json:"switches"`         // context switches per request, median
	BytesIn  float64 `json:"bytes_in"`         // per request, median
	BytesOut float64 `json:"bytes_out"`        // the same, from the replica
	StoreOps float64 `json:"store_operations"` // per request, as the store counts them, median
	// Collector is what the garbage collector did meanwhile; nil where it was not read.
	Collector *Collector `json:"collector,omitempty"`
	Memory    *Memory    `json:"memory,omitempty"`
	// Resolved reports whether the row differs from the control: enough launches, an interval without 1, a difference
	// larger than how well the control's to itself is known, and a control that agrees with itself.
	Resolved bool `json:"resolved"`
	// Withheld says why no cost is shown although some slices count; empty where that is not so.
	Withheld message.Sentence `json:"withheld,omitzero"`
}

// noisyFloor is how far from 1 the whole interval of the control against itself may lie.
const noisyFloor = 0.02

func (a *Analysis) demand() {
	cells := a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.DemandCell && m.Tier == "replica" })
	cells, withheld := a.representative(cells, "replica")
	control := map[int]*measure.Measurement{} // by round
	for _, m := range cells {
		if m.Scheme == plan.Control {
			control[m.Round] = m
		}
	}
	for _, scheme := range a.Run.Plan.CostSchemes() {
		c := Cost{Name: scheme.Name, Scheme: scheme}
		measured := scheme.Name
		if !measuredItself(a.Run.Plan, measured) {
			c.As = scheme.DemandAs
			measured = scheme.DemandAs
		}
		c.fill(measured, cells, control, a.Run.Plan.Demand.Starts())
		c.Withheld = withheld[measured]
		c.Collector, c.Memory = collectorOf(measured, a.Run.Runtimes), memoryOf(measured, plan.Control, a.Run.Runtimes)
		if measured == plan.Twin {
			a.floor(c)
		}
		a.Demand = append(a.Demand, c)
	}
	a.implausible()
	for i := range a.Demand {
		ratio := a.Demand[i].Ratio
		a.Demand[i].Resolved = ratio.Excludes(1) && math.Abs(ratio.Center-1) > a.Floor.Width() && a.Noisy.IsZero() &&
			a.Void.IsZero()
	}
	a.DemandDrift = drifted(message.New("drift.control-cost"),
		controlSeries(cells, func(m *measure.Measurement) float64 { return micros(m, "replica") }))
	a.Heaps, a.Pressed = heaps(a.Demand), pressed(cells)
	a.peers(cells)
}

// nearLimit is the share of its core from which the generator, with what shares that core, is near its limit. In a run
// where it took 85 to 88 %, token-es256 cost 3.4 × the control; in the committed run, with less, 6.3 ×.
const nearLimit = 0.85

// pressed says how much of the generator's core was taken while the control was measured, where that was near its
// limit.
func pressed(cells []*measure.Measurement) message.Sentence {
	var shares []float64
	for _, m := range cells {
		if m.Scheme == plan.Control {
			shares = append(shares, m.Cores["generator"]+m.Cores["store"]+m.Cores["balancer"])
		}
	}
	if share := stats.Median(shares); share >= nearLimit {
		return message.Say("cost.pressed", "share", share)
	}
	return message.Sentence{}
}

// representative leaves out the slices of schemes for which most slices of a tier do not count, and says so of each
// scheme. If a replica was seldom used up because its store could not keep up, it was used up only in slices that
// chance favoured. A median of those is not representative.
func (a *Analysis) representative(
	cells []*measure.Measurement, tier string,
) (kept []*measure.Measurement, withheld map[string]message.Sentence) {
	count, of := map[string]int{}, map[string]int{}
	for _, m := range cells {
		count[m.Scheme]++
	}
	for i := range a.slices {
		if m := &a.slices[i]; m.Kind == plan.DemandCell && m.Tier == tier {
			of[m.Scheme]++
		}
	}
	withheld = map[string]message.Sentence{}
	for scheme, n := range count {
		if 2*n < of[scheme] {
			withheld[scheme] = message.Say("cost.unlike", "valid", n, "of", of[scheme])
		}
	}
	return slices.DeleteFunc(cells, func(m *measure.Measurement) bool { return !withheld[m.Scheme].IsZero() }), withheld
}

// refuse doubts demand slices whose CPU per request is not a cost. Below saturation, and under a budget, it depends on
// the rate. The fewer requests a process finds when it wakes up, the more each of them costs: it uses up its budget at
// half of its capacity, and all schemes look equal.
func (a *Analysis) refuse() {
	for i := range a.Measurements {
		m := &a.Measurements[i]
		if m.Kind != plan.DemandCell {
			continue
		}
		var said message.Message
		if m.Rate > 0 {
			said = message.New("slice.fixed-rate", "rate", m.Rate)
		} else if budget := m.Budget("replica"); m.Tier == "replica" && budget > 0 {
			said = message.New("slice.budgeted", "budget", budget)
		}
		if !said.IsZero() { // a slice of its own: the run's is left as it was
			m.Doubts = append(slices.Clone(m.Doubts), measure.Doubt{Reason: measure.TreatmentMissing, Said: said})
		}
	}
}

func measuredItself(p *plan.Plan, scheme string) bool {
	for _, s := range p.DemandSchemes() {
		if s.Name == scheme {
			return true
		}
	}
	return false
}

// fill computes c from the cells of one scheme.
func (c *Cost) fill(scheme string, cells []*measure.Measurement, control map[int]*measure.Measurement, launches int) {
	var cpu, switches, in, out, ops []float64
	ratios, added := newGrouped(launches, cells), newGrouped(launches, cells)
	for _, m := range cells {
		if m.Scheme != scheme {
			continue
		}
		us := micros(m, "replica")
		cpu, switches = append(cpu, us), append(switches, m.Switches)
		in, out, ops = append(in, m.BytesIn), append(out, m.BytesOut), append(ops, m.StoreOps)
		base := control[m.Round]
		if base != nil && micros(base, "replica") > 0 && m.Restart >= 0 && m.Restart < launches {
			ratios.add(m, us/micros(base, "replica"))
			added.add(m, us-micros(base, "replica"))
		}
	}
	c.CPU, c.Thirds, c.Within = stats.Of(cpu), span(cpu), stats.Of(ratios.all)
	c.Switches, c.BytesIn, c.BytesOut, c.StoreOps = stats.Median(switches), stats.Median(in), stats.Median(out),
		stats.Median(ops)
	c.Launches, c.Parts = medians(ratios.launches), medians(ratios.parts)
	c.Ratio, c.Added = stats.Ratios(c.Launches, 0), stats.Differences(medians(added.launches))
	if !c.Ratio.Why.IsZero() { // too few launches: only the rounds can tell how sure the added cost is
		c.Added = stats.Of(added.all)
		return
	}
	if over := stats.Ratios(c.Parts, 0); moved(ratios.all) && over.Width() > c.Ratio.Width() {
		c.Moved, c.Ratio, c.Added = true, over, stats.Differences(medians(added.parts))
	}
}

// floor compares the control with itself.
func (a *Analysis) floor(twin Cost) {
	a.Floor = twin.Ratio
	if !a.Floor.Why.IsZero() {
		a.Floor = twin.Within
	}
	distance := math.Max(a.Floor.Low-1, 1-a.Floor.High)
	switch {
	case !a.Floor.Known():
		a.Noisy = message.Say("floor.unknown")
	case !a.Floor.Why.IsZero():
		a.Noisy = message.Say("floor.samples", "samples", a.Floor.N, "needed", stats.MinSamples)
	case distance > noisyFloor:
		a.Noisy = message.Say("floor.off", "share", noisyFloor)
	case a.Floor.Width() > a.Run.Plan.Resolution:
		a.Noisy = message.Say("floor.wide", "width", a.Floor.Width(), "resolution", a.Run.Plan.Resolution)
	}
}

func medians(groups [][]float64) []float64 {
	var out []float64
	for _, g := range groups {
		if len(g) > 0 {
			out = append(out, stats.Median(g))
		}
	}
	return out
}

// micros is a tier's CPU per request in µs.
func micros(m *measure.Measurement, tier string) float64 {
	return float64(m.Cost[tier].Nanoseconds()) / 1000
}
