package simulation_test

import (
	"fmt"
	"time"

	"authlab/loadtest/model"
	"authlab/loadtest/model/simulation"
)

// A replica gets 1 ms of CPU in 20 ms. At 80 % of its capacity it answers most requests at once, but is frozen during
// others.
func Example() {
	c := simulation.Config{
		Network: model.Network{Replicas: 1, Replica: model.Tier{Demand: 50e-6, Cores: 0.05}},
		Rate:    800, Warmup: time.Second, Window: 20 * time.Second, Seed: 1,
	}
	r, err := simulation.Run(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% of the budget, p50 %s, p99 %s\n",
		100*r.Replicas, r.P50.Round(10*time.Microsecond), r.P99.Round(time.Millisecond))

	// Output:
	// 80 % of the budget, p50 50µs, p99 3ms
}
