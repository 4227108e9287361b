package analysis_test

import (
	"fmt"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
)

// Ratios are paired within a round, so that what the machine does in a round happens to all rows. Here the machine gets
// slower by a half while it measures, and the ratio does not.
func Example() {
	run := measuretest.Lab{
		Plan:  "name: mine\nschemes: [token-hs256]\ndemand: {slice: 50ms, rounds: 60, launches: 6, connections: 4}\n",
		Costs: map[string]float64{"control": 40, "control-again": 40, "token-hs256": 52},
		Drift: 0.5,
	}.Run()
	a := analysis.Compare(run)
	for _, cost := range a.Demand {
		fmt.Printf("%-13s %.2f ÷ control\n", cost.Name, cost.Ratio.Center)
	}
	fmt.Println(!a.DemandDrift.IsZero())
	// Output:
	// control       1.00 ÷ control
	// control-again 1.00 ÷ control
	// token-hs256   1.30 ÷ control
	// true
}
