package model

import (
	"slices"

	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Shares completes forecasts with their ratio to the control's of the same size. Without a prediction for the control
// there are none.
func Shares(all []Prediction) error {
	i := slices.IndexFunc(all, func(p Prediction) bool { return p.Inputs.Scheme == plan.Control })
	if i < 0 {
		return nil
	}
	control := all[i].Inputs
	for _, p := range all {
		for i := range p.Forecasts {
			f := &p.Forecasts[i]
			var err error
			if f.Share, err = p.Inputs.share(control, f.Replicas); err != nil {
				return err
			}
		}
	}
	return nil
}

// share is the ratio of two clusters of one size. Both are crowded alike, so that each choice for the crowding is taken
// for both; their demands are independent.
func (in Inputs) share(control Inputs, replicas int) (share stats.Interval, err error) {
	for i, crowding := range []pick{center, low, high} {
		own, err := in.throughput(replicas, crowding)
		if err != nil {
			return share, err
		}
		base, err := control.throughput(replicas, crowding)
		if err != nil {
			return share, err
		}
		if i == 0 {
			share = stats.Exactly(own.Center / base.Center)
		}
		share = share.With(own.Low / base.High).With(own.High / base.Low)
	}
	return share, nil
}
