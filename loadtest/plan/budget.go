package plan

import (
	"fmt"
	"math"
	"time"
)

const (
	// Period is the period in which a CPU budget is granted. The kernel's usual 100 ms would freeze a small machine for
	// most of a latency objective.
	Period = 20 * time.Millisecond
	// Warmup is how much of a scaling slice is not counted. A process that has rested may use several periods' budget at once
	// (the kernel hands it out 5 ms at a time), and of many such replicas on few cores the last are through only then.
	Warmup = 6 * Period
	// MinBudget is the smallest budget that can be asked for: the kernel refuses a quota below 1 ms.
	MinBudget Budget = 0.05
	// step is the grain of automatic budgets, so that runs on one machine choose the same.
	step = 0.05
	// reserve is how many times what they are predicted to need the balancer and the generator must keep.
	reserve = 2
)

// AutoBudget returns the largest budget, in cores, for each of replicas and for a store, at which the balancer and the
// generator still have twice what they are predicted to need on a machine with that many cores. It is 0 when not even
// MinBudget fits.
func AutoBudget(cores, replicas int, c Costs) Budget {
	steps := math.Floor(float64(cores) / demandOf(replicas, reserve, c) / step)
	return Budget(math.Min(1, math.Round(steps)*step))
}

// Fits reports whether that many replicas with budget b fit on a machine with that many cores, the balancer and the generator
// with what they are predicted to need and nothing to spare; if not, why says so with the arithmetic.
func Fits(cores, replicas int, b Budget, c Costs) (ok bool, why string) {
	need := float64(b) * demandOf(replicas, 1, c)
	if need <= float64(cores) {
		return true, ""
	}
	budgeted := float64(b) * float64(replicas+1)
	return false, fmt.Sprintf("%d replicas and a store at %.2f core each take %.2f cores, and the balancer and the generator need "+
		"%.2f more: %.2f of %d cores", replicas, float64(b), budgeted, need-budgeted, need, cores)
}

// demandOf is how many cores a lab with that many replicas takes for each core of budget: the replicas, the store, and spare
// times what the balancer and the generator need for the requests that the replicas can answer.
func demandOf(replicas int, spare float64, c Costs) float64 {
	perRequest := float64(c.Balancer+c.Generator) / float64(c.Replica)
	return float64(replicas+1) + spare*perRequest*float64(replicas)
}
