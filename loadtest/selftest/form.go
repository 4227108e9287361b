package selftest

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Form is the scope of a selftest: Full, or Short.
type Form struct {
	Name  record.Form
	Takes time.Duration // approximately

	Look  time.Duration // how long the machine is watched before anything starts
	Naps  int           // of each length
	Steps int           // of the CPU clock

	ClosedRounds int // slices in closed loop against the null server
	ClosedSlice  time.Duration
	Rates        []float64 // requests/s in open loop, rising
	Open         time.Duration

	Lengths []time.Duration // of slices, longest first; each divides Share
	Share   time.Duration   // of load for each server and length between two starts
	Starts  int             // of the processes
	Users   int

	Budgets      []float64 // cores
	BudgetRounds int
	BudgetSlice  time.Duration
}

// The forms: everything, in less than two minutes; and what every bench does first, in two seconds.
var (
	Full = Form{
		Name: record.Full, Takes: 105 * time.Second,
		Look: time.Second, Naps: 1000, Steps: 1000,
		ClosedRounds: 10, ClosedSlice: 100 * time.Millisecond,
		Rates: []float64{1000, 2000, 5000, 10_000, 20_000, 50_000}, Open: time.Second,
		Lengths: []time.Duration{time.Second, 200 * time.Millisecond, 50 * time.Millisecond, 20 * time.Millisecond},
		Share:   time.Second, Starts: 6, Users: 200,
		Budgets: []float64{0.05, 0.1, 0.2}, BudgetRounds: 12, BudgetSlice: 200 * time.Millisecond,
	}
	Short = Form{
		Name: record.Short, Takes: 2 * time.Second,
		Look: 200 * time.Millisecond, Naps: 100, Steps: 100,
		ClosedRounds: 3, ClosedSlice: 100 * time.Millisecond,
		Rates: []float64{1000, 5000, 20_000}, Open: 200 * time.Millisecond,
	}
)

// stage is one part of the selftest.
type stage struct {
	plan.Stage
	work func(*Test, context.Context) error
}

// stages lists what the form measures, in order.
func (f Form) stages() []stage {
	all := []stage{
		{
			plan.Stage{Name: "timers", Detail: "how late this machine wakes, and how finely it counts", Time: 2 * time.Second},
			(*Test).timers,
		},
		{plan.Stage{
			Name: "generator", Detail: "the load generator against a server that does nothing",
			Time: time.Duration(f.ClosedRounds)*f.ClosedSlice + time.Duration(len(f.Rates))*f.Open,
		}, (*Test).generator},
	}
	if len(f.Lengths) > 0 {
		all = append(all, stage{plan.Stage{
			Name: "slices", Detail: fmt.Sprintf("%d lengths of slice over %d starts", len(f.Lengths), f.Starts),
			Time: time.Duration(len(f.Lengths)*f.Starts*visited) * f.Share,
		}, (*Test).slices})
	}
	if len(f.Budgets) > 0 {
		var round time.Duration
		for _, cores := range f.Budgets {
			round += f.BudgetSlice + plan.Budget(cores).Warmup()
		}
		all = append(all, stage{plan.Stage{
			Name: "budgets", Detail: fmt.Sprintf("%d CPU budgets that a saturated control presses against", len(f.Budgets)),
			Time: time.Duration(f.BudgetRounds) * round,
		}, (*Test).budgets})
	}
	return all
}
