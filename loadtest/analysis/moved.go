package analysis

import (
	"math"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// moved reports whether ratios to the control, in the order of their rounds, changed while the run went on: by more
// than drift between two thirds of it, and by more than their scatter explains.
//
// A machine can favour one scheme for minutes, in all its launches at once, while the control agrees with itself: seen
// on a virtual machine, where one scheme's requests took 30 % more or less from one round to the next and stayed there.
// The launches then agree with each other, and an interval over them is too narrow.
func moved(ratios []float64) bool {
	all := thirds(ratios)
	for i := range all {
		for _, later := range all[i+1:] {
			if len(all[i]) < minThird || len(later) < minThird || stats.Median(all[i]) <= 0 {
				continue
			}
			if math.Abs(stats.Median(later)/stats.Median(all[i])-1) > drift && apart(all[i], later) {
				return true
			}
		}
	}
	return false
}

// parts splits a series into n parts of about the same length, in its order.
func parts(series []float64, n int) [][]float64 {
	all := make([][]float64, n)
	for i := range all {
		all[i] = series[i*len(series)/n : (i+1)*len(series)/n]
	}
	return all
}

// implausible doubts all costs where a scheme costs less than the control. A scheme does all that the control does, and
// more: whatever made it cheaper is the machine's doing, and may have made another dearer.
func (a *Analysis) implausible() {
	for _, c := range a.Demand {
		own := c.As == "" && c.Scheme.Peer == "" && c.Name != plan.Control && c.Name != plan.Twin
		if own && a.Noisy.IsZero() && c.Ratio.Why.IsZero() && c.Ratio.High < 1 && 1-c.Ratio.Center > a.Floor.Width() {
			a.Noisy = message.Say("floor.implausible", "scheme", c.Name, "low", c.Ratio.Low, "high", c.Ratio.High)
		}
	}
}
