package plan_test

import (
	"fmt"

	"authlab/loadtest/plan"
)

// A plan is data. An error in a plan is reported with its line, before any server starts.
func Example() {
	text := `name: mine
question: What does a signature cost?
schemes: [token-hs256, token-es256]
demand: {slice: 50ms, rounds: 60, launches: 6, connections: 4}
`
	p, err := plan.Parse("mine.yaml", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range p.DemandSchemes() {
		fmt.Println(s.Name)
	}
	for _, stage := range p.Predict(plan.DefaultCosts) {
		fmt.Println(stage.Name+":", stage.Detail)
	}
	_, err = plan.Parse("mine.yaml", []byte(text+"demnad: {}\n"))
	fmt.Println(err)
	// Output:
	// control
	// control-again
	// token-hs256
	// token-es256
	// demand: 4 schemes × 60 rounds × 50 ms over 6 launches
	// mine.yaml:5: unknown field "demnad"
}
