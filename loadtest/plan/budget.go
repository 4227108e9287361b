package plan

import (
	"fmt"
	"math"
	"time"
)

const (
	// Period is the period in which a CPU budget is granted. The kernel's usual 100 ms would freeze a replica with a small
	// budget for most of a latency objective.
	Period = 20 * time.Millisecond
	// Warmup is the uncounted start of a scaling slice. A process that was idle may use the budget of several periods at
	// once (the kernel hands it out 5 ms at a time). With many such replicas on few cores, the last of them have used it
	// up only after this time.
	Warmup = 6 * Period
	// MinBudget is the smallest budget that a plan may set: the kernel refuses a quota below 1 ms.
	MinBudget Budget = 0.05
	// step is the grain of automatic budgets, so that runs on one machine choose the same.
	step = 0.05
	// reserve is how much CPU the balancer and the generator must keep, as a multiple of their predicted need.
	reserve = 2
)

// AutoBudget returns the largest budget, in cores, for each replica and for a store. The balancer and the generator
// must keep twice their predicted need on a machine with the given number of cores. It is 0 when not even MinBudget
// fits.
func AutoBudget(cores, replicas int, c Costs) Budget {
	steps := math.Floor(float64(cores) / demandOf(replicas, reserve, c) / step)
	return Budget(math.Min(1, math.Round(steps)*step))
}

// Fits reports whether the replicas with budget b fit on a machine with the given number of cores. The balancer and the
// generator get their predicted need, without a reserve. If the replicas do not fit, why gives the arithmetic.
func Fits(cores, replicas int, b Budget, c Costs) (ok bool, why string) {
	need := float64(b) * demandOf(replicas, 1, c)
	if need <= float64(cores) {
		return true, ""
	}
	budgeted := float64(b) * float64(replicas+1)
	return false, fmt.Sprintf("%d replicas and a store at %.2f core each take %.2f cores, and the balancer and the "+
		"generator need %.2f more: %.2f of %d cores", replicas, float64(b), budgeted, need-budgeted, need, cores)
}

// demandOf returns how many cores a lab needs for each core of budget. It counts the replicas, the store, and spare
// times the need of the balancer and the generator for the requests that the replicas can answer.
func demandOf(replicas int, spare float64, c Costs) float64 {
	perRequest := float64(c.Balancer+c.Generator) / float64(c.Replica)
	return float64(replicas+1) + spare*perRequest*float64(replicas)
}
