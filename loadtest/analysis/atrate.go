package analysis

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// AtRate is what a request costs at a fixed rate below saturation, where servers wait between requests.
//
// Each request then wakes its replica, and one that asks a store wakes it twice, while at saturation commands of many
// requests travel together. So the rate decides what a request costs, and figures of one rate are set beside those of
// the same rate only.
type AtRate struct {
	// Drift says how the control's cost at this rate changed while the run went on: an absolute cost is then known only as
	// the range over the thirds of the rounds.
	Drift  message.Sentence `json:"drift,omitzero"`
	Thirds Span             `json:"cpu_thirds"` // of CPU
	CPU    stats.Estimate   `json:"cpu_us"`     // µs per request, of all replicas together
	// Ratio to the control of the same round at the same rate. A cluster is launched once, so its interval includes how
	// much launches differ.
	Ratio stats.Estimate `json:"cpu_ratio_to_control"`
	Added stats.Estimate `json:"cpu_added_us"`       // the same in µs, with the control's median
	Store float64        `json:"store_us,omitempty"` // µs per request of the store, median; 0: there is none
	// Resolved reports whether the row differs from the control, at a rate where the control agrees with itself.
	Resolved bool `json:"cpu_resolved"`
}

// atRate compares the cells of a scheme with the control's. Launches is the variance of the logarithm of the ratio
// of one launch to another.
func atRate(own, control []*measure.Measurement, launches float64) (r AtRate) {
	var cpu, base, store []float64
	for _, m := range own {
		cpu, store = append(cpu, replicaMicros(m)), append(store, micros(m, "store"))
	}
	for _, m := range control {
		base = append(base, replicaMicros(m))
	}
	r.CPU, r.Thirds, r.Store = stats.Of(cpu), span(cpu), stats.Median(store)
	r.Ratio = stats.Ratios(inRounds(own, control, replicaMicros), launches/float64(max(1, visited(own))))
	r.Added = r.Ratio
	of := stats.Median(base)
	for _, v := range []*float64{&r.Added.Center, &r.Added.Low, &r.Added.High} {
		*v = of * (*v - 1)
	}
	return r
}

// replicaMicros is what a request of a slice took all replicas together, in µs.
func replicaMicros(m *measure.Measurement) float64 { return micros(m, "replica") }

// resolveAtRates calls a difference only at a rate where the control agrees with itself and no scheme costs less than
// the control.
func (a *Analysis) resolveAtRates() {
	for k := range a.Latency {
		x := &a.Latency[k]
		x.Load.Resolved = doesMore(x.Scheme) && x.Load.Ratio.Excludes(1) && a.Void.IsZero() && a.trusted(x.Rate)
		x.Doubt = a.tooFast(x.Rate)
	}
}

// tooFast doubts the latencies at a rate where the median request of a scheme took less time than the control's.
func (a *Analysis) tooFast(rate float64) message.Sentence {
	for _, x := range a.Latency {
		if x.Rate == rate && doesMore(x.Scheme) && x.Median.Excludes(1) && x.Median.High < 1 {
			return message.Say("latency.implausible", "scheme", x.Name, "low", x.Median.Low, "high", x.Median.High)
		}
	}
	return message.Sentence{}
}

// trusted reports whether the costs at a rate are those of the schemes, as far as the run can tell.
func (a *Analysis) trusted(rate float64) (agrees bool) {
	for _, x := range a.Latency {
		ratio := x.Load.Ratio
		switch {
		case x.Rate != rate:
		case x.Name == plan.Twin:
			agrees = ratio.Why.IsZero() && !ratio.Excludes(1)
		case doesMore(x.Scheme) && ratio.Excludes(1) && ratio.High < 1:
			return false
		}
	}
	return agrees
}
