package analysis

import (
	"strconv"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Judged is a requirement held against a run.
type Judged struct {
	Requirement string           `json:"requirement"`
	Verdict     Verdict          `json:"verdict"`
	Said        message.Sentence `json:"sentence"` // what was measured, or why the run cannot tell
}

// Verdict is whether a run keeps a requirement.
type Verdict string

// The verdicts. An interval that has the bound inside, or no interval, cannot tell.
const (
	Kept       Verdict = "kept"
	Broken     Verdict = "broken"
	CannotTell Verdict = "cannot tell"
)

// Require holds a requirement against the run. It is kept or broken only where the whole interval of the figure lies on
// one side of the bound.
func (a *Analysis) Require(r plan.Requirement) Judged {
	j := Judged{Requirement: r.Text, Verdict: CannotTell}
	e, why := a.required(r)
	switch {
	case !a.Void.IsZero():
		j.Said = a.Void
	case !why.IsZero():
		j.Said = why
	case !e.Known():
		j.Said = message.Say("require.unmeasured", "figure", r.Figure.Name, "scheme", r.Figure.Scheme)
	case !e.Why.IsZero():
		j.Said = message.Say("require.no-interval", "center", amount(r, e.Center), "why", e.Why)
	default:
		center, low, high, bound := amount(r, e.Center), amount(r, e.Low), amount(r, e.High), amount(r, r.Bound)
		switch j.Verdict = within(r, e); j.Verdict {
		case Kept:
			j.Said = message.Say("require.kept", "center", center, "low", low, "high", high, "bound", bound)
		case Broken:
			j.Said = message.Say("require.broken", "center", center, "low", low, "high", high, "bound", bound)
		case CannotTell:
			j.Said = message.Say("require.between", "center", center, "low", low, "high", high, "bound", bound)
		}
	}
	return j
}

// within compares an interval with the bound.
func within(r plan.Requirement, e stats.Estimate) Verdict {
	above, below := e.Low > r.Bound, e.High <= r.Bound
	if r.AtLeast {
		above, below = e.High < r.Bound, e.Low >= r.Bound
	}
	switch {
	case above:
		return Broken
	case below:
		return Kept
	}
	return CannotTell
}

// amount writes a figure as the requirement's bound is written: a time, or a number.
func amount(r plan.Requirement, v float64) string {
	if r.Than == nil && (r.Figure.Name == "cost" || r.Figure.Name == "p50" || r.Figure.Name == "p99") {
		d := time.Duration(v * float64(time.Second))
		return d.Round(max(1, d/1000)).String()
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// required is the figure that a requirement asks for, in seconds where it is a time, and why there is none.
func (a *Analysis) required(r plan.Requirement) (e stats.Estimate, why message.Sentence) {
	switch f := r.Figure; f.Name {
	case "cost":
		return a.requiredCost(r)
	case "share":
		for _, t := range a.Scaling {
			if t.Name == f.Scheme && t.Replicas == f.At {
				if !t.Bound.IsZero() {
					return t.Control, message.Say("require.bound", "why", t.Bound)
				}
				if !t.Doubt.IsZero() {
					return t.Control, t.Doubt
				}
				return t.Control, t.Unlike
			}
		}
	case "p50", "p99":
		return a.requiredLatency(f)
	case "bottleneck":
		for _, b := range a.Bends {
			if b.Name == f.Scheme && b.Reached() {
				return b.At, message.Sentence{}
			}
		}
	}
	return e, message.Sentence{}
}

// requiredCost is a cost in seconds, or the ratio of two. Launches of two schemes that were visited in the same rounds
// are compared with each other; each has its ratio to the control of those rounds.
func (a *Analysis) requiredCost(r plan.Requirement) (stats.Estimate, message.Sentence) {
	own, found := a.costOf(r.Figure.Scheme)
	switch {
	case !found:
		return stats.Of(nil), message.Sentence{}
	case !own.Withheld.IsZero():
		return own.Ratio, own.Withheld
	case !a.Noisy.IsZero():
		return own.Ratio, message.Say("require.noisy", "why", a.Noisy)
	case r.Than == nil && !a.DemandDrift.IsZero():
		return own.CPU, a.DemandDrift
	case r.Than == nil:
		return stats.Estimate{
			Center: own.CPU.Center / 1e6, Low: own.CPU.Low / 1e6, High: own.CPU.High / 1e6, N: own.CPU.N, Why: own.CPU.Why,
		}, message.Sentence{}
	}
	if than, found := a.costOf(r.Than.Scheme); !found {
		return stats.Of(nil), message.Say("require.unmeasured", "figure", r.Than.Name, "scheme", r.Than.Scheme)
	} else if !than.Withheld.IsZero() {
		return than.Ratio, than.Withheld
	}
	return a.CostRatio(r.Figure.Scheme, r.Than.Scheme), message.Sentence{}
}

// CostRatio is the ratio of what a request costs two schemes. Launches of two schemes that were visited in the same
// rounds are compared with each other, because each has its ratio to the control of those rounds. It is unknown where
// one of them was not measured, or is withheld, or where their launches are not paired.
func (a *Analysis) CostRatio(scheme, than string) stats.Estimate {
	own, found := a.costOf(scheme)
	base, known := a.costOf(than)
	if !found || !known || !own.Withheld.IsZero() || !base.Withheld.IsZero() {
		return stats.Of(nil)
	}
	of, to := own.Launches, base.Launches
	if own.Moved || base.Moved {
		of, to = own.Parts, base.Parts
	}
	if len(of) != len(to) {
		return stats.Of(nil)
	}
	ratios := make([]float64, len(of))
	for i := range ratios {
		ratios[i] = of[i] / to[i]
	}
	return stats.Ratios(ratios, 0)
}

func (a *Analysis) costOf(scheme string) (Cost, bool) {
	for _, c := range a.Demand {
		if c.Name == scheme {
			return c, true
		}
	}
	return Cost{}, false
}

// requiredLatency is a quantile from when requests were due, in seconds. Its samples are slices.
func (a *Analysis) requiredLatency(f plan.RequiredFigure) (stats.Estimate, message.Sentence) {
	q := map[string]float64{"p50": 50, "p99": 99}[f.Name]
	var samples []float64
	for _, m := range a.valid(func(m *measure.Measurement) bool {
		return m.Kind == plan.LatencyCell && m.Scheme == f.Scheme && m.Rate == float64(f.At)
	}) {
		if m.Corrected != nil {
			samples = append(samples, time.Duration(m.Corrected.ValueAtQuantile(q)).Seconds())
		}
	}
	e := stats.Of(samples)
	for _, l := range a.Latency {
		if l.Name == f.Scheme && l.Rate == float64(f.At) && !l.Withheld.IsZero() && e.Low < l.Least.Seconds() {
			return e, l.Withheld
		}
	}
	return e, message.Sentence{}
}
