package cluster_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/process"
	"authlab/loadtest/plan"
)

// Four replicas of the token server, each with a tenth of a core. A load can go to the first two or to all four.
func Example() {
	ctx := context.Background()
	lab, err := cluster.Open(ctx, cluster.Config{Platform: process.Platform{}, BinDir: "bin"})
	if err != nil {
		log.Fatal(err) // one sentence that says what to do
	}
	defer lab.Close() // nothing outlives it

	scheme, err := plan.SchemeNamed("token-hs256")
	if err != nil {
		log.Fatal(err)
	}
	tokens, err := lab.Start(ctx, cluster.Spec{
		Name: scheme.Name, Scheme: scheme, Replicas: 4, Fronts: cluster.Over(2, 4), Users: 10_000, AccessTTL: time.Hour,
		Budgets: map[cluster.Tier]float64{cluster.Replica: 0.1},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Here the users sign in, without a budget.
	if err := tokens.Limit(); err != nil {
		log.Fatal(err)
	}
	// Here the load runs.
	used, err := tokens.Replica(0).Read()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(tokens.Front(cluster.Front{Size: 2}), tokens.Front(cluster.Front{Size: 4}), used.CPU, used.Throttled)
}
