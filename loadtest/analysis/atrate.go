package analysis

import (
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// AtRate is what a request costs at a fixed rate below saturation, where servers wait between requests.
//
// Each request then wakes its replica, and one that asks a store wakes it twice, while at saturation commands of many
// requests travel together. So the rate decides what a request costs, and figures of one rate are set beside those of
// the same rate only.
type AtRate struct {
	CPU stats.Estimate `json:"cpu_us"` // µs per request, of all replicas together
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
	replicas := func(m *measure.Measurement) float64 { return micros(m, "replica") }
	var cpu, base, store []float64
	for _, m := range own {
		cpu, store = append(cpu, replicas(m)), append(store, micros(m, "store"))
	}
	for _, m := range control {
		base = append(base, replicas(m))
	}
	r.CPU, r.Store = stats.Of(cpu), stats.Median(store)
	r.Ratio = stats.Ratios(inRounds(own, control, replicas), launches/float64(max(1, visited(own))))
	r.Added = r.Ratio
	of := stats.Median(base)
	for _, v := range []*float64{&r.Added.Center, &r.Added.Low, &r.Added.High} {
		*v = of * (*v - 1)
	}
	return r
}

// resolveAtRates calls a difference only at a rate where the control agrees with itself and no scheme costs less than
// the control.
func (a *Analysis) resolveAtRates() {
	for k := range a.Latency {
		x := &a.Latency[k]
		x.Load.Resolved = doesMore(x.Scheme) && x.Load.Ratio.Excludes(1) && a.Void.IsZero() && a.trusted(x.Rate)
	}
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
