package plan

import (
	"fmt"
	"math"
	"time"
)

const (
	// shortest is the period in which a CPU budget is granted, unless its quota would then be below quota. The kernel's
	// usual 100 ms would freeze a replica with a small budget for most of a latency objective.
	shortest = 20 * time.Millisecond
	// least is the smallest quota: the kernel refuses less.
	least = time.Millisecond
	// quota is what a budget gets in each of its periods where least is not reached in the shortest.
	quota = 1200 * time.Microsecond
	// MinBudget is the smallest budget that a plan may set. Its period is 120 ms.
	MinBudget Budget = 0.01
	// warmup is the uncounted start of a scaling slice, in periods. A process that was idle may use the budget of several
	// periods at once (the kernel hands it out 5 ms at a time). With many such replicas on few cores, the last of them
	// have used it up only after this time.
	warmup = 6
	// patience is how long a store may take to answer, in periods.
	patience = 12
	// periods is how many periods a scaling slice has at least: in fewer, when a period begins is much of the throughput.
	periods = 10
	// coarse and fine are the grains of automatic budgets from coarse on and below, so that runs on one machine choose
	// the same.
	coarse, fine = 0.05, 0.01
	// reserve is how much CPU the balancer and the generator must keep, as a multiple of their predicted need.
	reserve = 2
)

// Period returns the period in which a budget is granted: 20 ms, or longer where the kernel would refuse the quota.
func (b Budget) Period() time.Duration {
	if float64(b)*float64(shortest) >= float64(least)-0.5 || b <= 0 {
		return shortest
	}
	grain := float64(10 * time.Millisecond)
	return time.Duration(math.Ceil(float64(quota)/float64(b)/grain-1e-9) * grain)
}

// Warmup returns the uncounted start of a slice under a budget.
func (b Budget) Warmup() time.Duration { return warmup * b.Period() }

// Patience returns how long a store under the budget may take to answer. One that has overrun its budget pays for it
// with the next four periods or so, in which it answers nothing, although nothing is wrong with it.
func (b Budget) Patience() time.Duration { return patience * b.Period() }

// AutoBudget returns the largest budget, in cores, for each replica and for a store. The balancer and the generator
// must keep twice their predicted need on a machine with the given number of cores. It is 0 when not even MinBudget
// fits.
func AutoBudget(cores, replicas int, c Costs) Budget {
	room, step := float64(cores)/demandOf(replicas, reserve, c), coarse
	if room < coarse {
		step = fine
	}
	return Budget(math.Min(1, math.Round(math.Floor(room/step+1e-9)*step/fine)*fine))
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
