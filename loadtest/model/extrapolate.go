package model

import (
	"errors"
	"fmt"
	"math"

	"authlab/loadtest/stats"
)

// Tolerance is how far from the measured a held-out prediction may lie, as a share of the measured, for the model to be believed
// about sizes that nobody measured.
const Tolerance = 0.15

// ErrWithheld says that the model may not speak of sizes that nobody measured, because it was not right about one held out.
var ErrWithheld = errors.New("model: withheld: the prediction of the size held out was not within 15 % of the measured")

// FarSizes is the numbers of replicas to which the report extrapolates.
func FarSizes() []int { return []int{10, 100, 1000} }

// SignedError returns by which share of the measured a prediction lies above it (or, negative, below), with the interval that the
// measurement's interval leads to. What may be held against a model is the ratio; an absolute figure also carries interference.
// The error says that nothing was measured.
func SignedError(predicted float64, measured stats.Interval) (stats.Interval, error) {
	if err := measured.Check(); err != nil || measured.Low <= 0 {
		return stats.Interval{}, fmt.Errorf("model: nothing can be held against %g [%g %g]", measured.Center, measured.Low, measured.High)
	}
	return stats.Interval{Center: predicted/measured.Center - 1, Low: predicted/measured.High - 1, High: predicted/measured.Low - 1}, nil
}

// Error is the SignedError of the ratio predicted for a size, given the ratio measured. The error is also that nothing was
// predicted for it.
func (p Prediction) Error(replicas int, measured stats.Interval) (stats.Interval, error) {
	f, ok := p.Of(replicas)
	if !ok {
		return stats.Interval{}, fmt.Errorf("model: nothing was predicted for %d replicas", replicas)
	}
	return SignedError(f.Ratio.Center, measured)
}

// MayExtrapolate reports whether a model with these signed errors at the sizes held out may speak of sizes that nobody measured:
// each lies within Tolerance, and there is one at all.
func MayExtrapolate(heldOut ...stats.Interval) bool {
	for _, e := range heldOut {
		if !(math.Abs(e.Center) <= Tolerance) { // the form refuses NaN too
			return false
		}
	}
	return len(heldOut) > 0
}

// On is the same scheme on other machines, with the demands that it has there: those of unbudgeted cells for whole cores, because
// a budget makes requests dearer, and replicas on machines of their own do not disturb each other. A tier given as zero is left out of the question, as a balancer that is multiplied along with
// the replicas is.
func (in Inputs) On(replica, store, balancer Measured) Inputs {
	in.Replica, in.Store, in.Balancer, in.Crowding = replica, store, balancer, stats.Interval{}
	return in
}

// Extrapolate predicts sizes that nobody measured, on the machines of in: the prediction's own Inputs, or those On others. It
// returns ErrWithheld unless the model was right, by MayExtrapolate, about the sizes held out.
func Extrapolate(in Inputs, heldOut []stats.Interval, sizes ...int) (Prediction, error) {
	if !MayExtrapolate(heldOut...) {
		return Prediction{}, ErrWithheld
	}
	return Freeze(in, sizes...)
}
