package main

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// selftestForm is how much of a selftest is done.
type selftestForm struct {
	name  measure.Form
	takes time.Duration // about

	look  time.Duration // how long the machine is watched before anything is started
	naps  int           // of each length
	steps int           // of the CPU clock

	closedRounds int // slices in closed loop against the null server
	closedSlice  time.Duration
	rates        []float64 // requests/s in open loop, rising
	open         time.Duration

	lengths []time.Duration // of slices, longest first; each fits into share
	share   time.Duration   // of load for each arm and length between two starts
	starts  int             // of the processes
	users   int

	budgets      []float64 // cores
	budgetRounds int
	budgetSlice  time.Duration
}

var (
	fullForm = selftestForm{
		name: measure.Full, takes: 105 * time.Second,
		look: time.Second, naps: 1000, steps: 1000,
		closedRounds: 10, closedSlice: 100 * time.Millisecond,
		rates: []float64{1000, 2000, 5000, 10_000, 20_000, 50_000}, open: time.Second,
		lengths: []time.Duration{time.Second, 200 * time.Millisecond, 50 * time.Millisecond, 20 * time.Millisecond},
		share:   time.Second, starts: 6, users: 200,
		budgets: []float64{0.05, 0.1, 0.2}, budgetRounds: 12, budgetSlice: 200 * time.Millisecond,
	}
	shortForm = selftestForm{
		name: measure.Short, takes: 2 * time.Second,
		look: 200 * time.Millisecond, naps: 100, steps: 100,
		closedRounds: 3, closedSlice: 100 * time.Millisecond,
		rates: []float64{1000, 5000, 20_000}, open: 200 * time.Millisecond,
	}
)

// selftestStage is one thing that is measured.
type selftestStage struct {
	plan.Stage
	work func(*selftest, context.Context) error
}

// stages lists what the form measures, in order.
func (f selftestForm) stages() []selftestStage {
	all := []selftestStage{
		{plan.Stage{Name: "timers", Detail: "how late this machine wakes, and how finely it counts", Time: 2 * time.Second}, (*selftest).timers},
		{plan.Stage{
			Name: "generator", Detail: "the load generator against a server that does nothing",
			Time: time.Duration(f.closedRounds)*f.closedSlice + time.Duration(len(f.rates))*f.open,
		}, (*selftest).generator},
	}
	if len(f.lengths) > 0 {
		all = append(all, selftestStage{plan.Stage{
			Name: "slices", Detail: fmt.Sprintf("%d lengths of slice over %d starts", len(f.lengths), f.starts),
			Time: time.Duration(len(f.lengths)*f.starts*selftestArms) * f.share,
		}, (*selftest).slices})
	}
	if len(f.budgets) > 0 {
		all = append(all, selftestStage{plan.Stage{
			Name: "budgets", Detail: fmt.Sprintf("%d CPU budgets that a saturated control presses against", len(f.budgets)),
			Time: time.Duration(f.budgetRounds*len(f.budgets)) * (f.budgetSlice + plan.Warmup),
		}, (*selftest).budgets})
	}
	return all
}
