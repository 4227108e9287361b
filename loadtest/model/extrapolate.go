package model

import (
	"errors"
	"fmt"
	"math"

	"authlab/loadtest/stats"
)

// Tolerance is the largest error of a held-out prediction, as a share of the measured value, at which the model may
// predict unmeasured sizes.
const Tolerance = 0.15

// ErrWithheld means that the model may not predict unmeasured sizes, because it missed a held-out size.
var ErrWithheld = errors.New(
	"model: withheld: the prediction of the held-out size was not within 15 % of the measured value")

// FarSizes returns the numbers of replicas to which the report extrapolates.
func FarSizes() []int { return []int{10, 100, 1000} }

// SignedError returns how far a prediction lies above the measured value (below it if negative), as a share of that
// value. The interval follows from the measurement's interval. Only the error of a ratio counts against a model: an
// absolute figure also contains interference. It fails if nothing was measured.
func SignedError(predicted float64, measured stats.Interval) (stats.Interval, error) {
	if err := measured.Check(); err != nil || measured.Low <= 0 {
		return stats.Interval{}, fmt.Errorf("model: a prediction cannot be compared with %g [%g %g]",
			measured.Center, measured.Low, measured.High)
	}
	return stats.Interval{
		Center: predicted/measured.Center - 1, Low: predicted/measured.High - 1, High: predicted/measured.Low - 1,
	}, nil
}

// Error returns the SignedError of the ratio predicted for a size, given the measured ratio. It also fails if there is
// no prediction for that size.
func (p Prediction) Error(replicas int, measured stats.Interval) (stats.Interval, error) {
	f, ok := p.Of(replicas)
	if !ok {
		return stats.Interval{}, fmt.Errorf("model: there is no prediction for %d replicas", replicas)
	}
	return SignedError(f.Share.Center, measured)
}

// MayExtrapolate reports whether a model with these signed errors at the held-out sizes may predict unmeasured sizes:
// there must be at least one error, and each must lie within Tolerance.
func MayExtrapolate(heldOut ...stats.Interval) bool {
	for _, e := range heldOut {
		if !(math.Abs(e.Center) <= Tolerance) { // written so that NaN is refused too
			return false
		}
	}
	return len(heldOut) > 0
}

// On returns the inputs of the same scheme on other machines, with its demands there. For entire cores these are the
// demands of unbudgeted cells, because a budget makes requests cost more. Replicas on separate machines do not disturb
// each other. A zero tier is left out, such as a balancer that is multiplied along with the replicas.
func (in Inputs) On(replica, store, balancer Measured) Inputs {
	in.Replica, in.Store, in.Balancer = replica, store, balancer
	in.Crowding, in.StorePartly = stats.Interval{}, nil
	return in
}

// Extrapolate predicts unmeasured sizes on the machines of in: the prediction's own Inputs, or those from On. It
// returns ErrWithheld unless MayExtrapolate accepts the errors at the held-out sizes.
func Extrapolate(in Inputs, heldOut []stats.Interval, sizes ...int) (Prediction, error) {
	if !MayExtrapolate(heldOut...) {
		return Prediction{}, ErrWithheld
	}
	return Freeze(in, sizes...)
}
