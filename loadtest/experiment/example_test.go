package experiment_test

import (
	"fmt"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/plan"
)

// A program that reads plans passes the list of kinds, and asks which of them a plan wants.
func Example() {
	p, err := plan.Parse("mine.yaml", []byte("name: mine\nschemes: [session-redis]\ndelays: {replicas: 2, logins: 10}\n"),
		all.Parts()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, kind := range all.Of(p) {
		stage := p.Part(kind.Name()).Stage(p, plan.DefaultCosts)
		fmt.Println(kind.Name()+":", stage.Detail)
	}
	// Output:
	// delays: 1 scheme, 10 logins ended in all
}
