// Package selftest finds out what this machine can and cannot resolve: how late it wakes, what the load generator reaches, how
// long a slice of load should be, how small a difference is then told from noise, and how exactly CPU budgets hold.
package selftest

import (
	"context"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/machine"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Test is one selftest of this machine.
type Test struct {
	Form    Form
	Plan    *plan.Plan // what the machine is judged for
	Lab     *cluster.Lab
	CPUs    []int            // the cores the lab may use, at least two
	Program string           // the name of the lab's own file, which is started beside the servers as the null server
	Begin   func(plan.Stage) // is told what begins
	Doing   func(string)     // and what happens
	result  record.Selftest
}

// Run measures one thing after the other. Its error is what went wrong first, or why the context ended.
func (s *Test) Run(ctx context.Context) (record.Selftest, error) {
	began := time.Now()
	s.result = record.Selftest{Form: s.Form.Name, Began: began.UTC().Truncate(time.Second), Machine: thisMachine(len(s.CPUs))}
	start := s.look(ctx)
	for _, stage := range s.Form.stages() {
		s.Begin(stage.Stage)
		err := stage.work(s, ctx)
		if ctx.Err() != nil {
			err = context.Cause(ctx) // what the stage saw is only a consequence
		}
		if err != nil {
			return s.result, err
		}
	}
	if s.Lab.Children() { // else what the lab's programs use is others' work as far as can be seen
		s.result.Machine.During = start.Until(machine.Now())
	}
	s.result.Took = time.Since(began)
	s.result.Verdict = analysis.SelftestVerdict(s.result, s.Plan)
	return s.result, nil
}

func thisMachine(cores int) record.Machine {
	return record.Machine{CPU: machine.CPU(), Cores: cores, Kernel: machine.Kernel(), Governor: machine.Governor(), Load: machine.Load()}
}

// look watches the machine while the lab does nothing, and returns the moment from which it does something.
func (s *Test) look(ctx context.Context) machine.Moment {
	before := machine.Now()
	select {
	case <-time.After(s.Form.Look):
	case <-ctx.Done():
	}
	after := machine.Now()
	s.result.Machine.Before = before.Until(after)
	return after
}

// timers measures how late naps end, and in which steps CPU time is counted.
func (s *Test) timers(ctx context.Context) error {
	for _, length := range []time.Duration{100 * time.Microsecond, time.Millisecond} {
		s.result.Naps = append(s.result.Naps, machine.Naps(ctx, length, s.Form.Naps))
	}
	s.result.CPUClock = machine.WatchCPUClock(s.Form.Steps)
	return nil
}
