package model_test

import (
	"fmt"

	"authlab/loadtest/model"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Demands measured with two replicas predict the throughput of eight and its bottleneck. Once eight are measured, the
// error decides whether the model may predict a thousand.
func Example() {
	in := model.Inputs{
		Scheme: "session-redis", Calibrated: 2, Connections: 32,
		Replica: model.Measured{Demand: stats.Interval{Center: 50e-6, Low: 49e-6, High: 51e-6}, Cores: 0.05},
		Store:   model.Measured{Demand: stats.Interval{Center: 10e-6, Low: 9.8e-6, High: 10.2e-6}, Cores: 0.05},
	}
	control := model.Inputs{
		Scheme: plan.Control, Calibrated: 2, Connections: 32,
		Replica: model.Measured{Demand: stats.Exactly(40e-6), Cores: 0.05},
	}
	var all []model.Prediction
	for _, in := range []model.Inputs{in, control} {
		p, err := model.Freeze(in, 2, 8)
		if err != nil {
			fmt.Println(err)
			return
		}
		all = append(all, p)
	}
	if err := model.Shares(all); err != nil {
		fmt.Println(err)
		return
	}
	prediction := all[0]
	eight, _ := prediction.Of(8)
	fmt.Printf("8 replicas answer %.2f of what the control's answer, up to %.0f/s: the bottleneck is the %s\n",
		eight.Share.Center, eight.Bounds.High, eight.Bounds.Bottleneck)
	star := prediction.Crossover
	fmt.Printf("from %.1f [%.1f %.1f] replicas the store is the bottleneck\n", star.Center, star.Low, star.High)

	wrong, _ := prediction.Error(8, stats.Interval{Center: 0.48, Low: 0.47, High: 0.49})
	fmt.Printf("%+.0f %%, may extrapolate: %v\n", 100*wrong.Center, model.MayExtrapolate(wrong))

	// Output:
	// 8 replicas answer 0.51 of what the control's answer, up to 5000/s: the bottleneck is the store
	// from 5.0 [4.8 5.2] replicas the store is the bottleneck
	// +7 %, may extrapolate: true
}
