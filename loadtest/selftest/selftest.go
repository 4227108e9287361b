// Package selftest finds out what this machine can and cannot resolve: how late it wakes, what the load generator
// reaches, how long a slice of load should be, what difference it can then tell from noise, and how exactly CPU budgets
// hold.
package selftest

import (
	"context"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/machine"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Test is one selftest of this machine.
type Test struct {
	Form    Form
	Plan    *plan.Plan // the plan that the machine is judged for
	Lab     *cluster.Lab
	CPUs    []int            // the cores the lab may use, at least two
	Program string           // the lab's own executable, which also runs as the null server beside the servers
	Begin   func(plan.Stage) // receives each stage that begins
	Doing   func(string)     // receives progress within a stage
	result  record.Selftest
}

// Run runs the stages in turn. Its error is the first failure, or the reason why the context ended.
func (s *Test) Run(ctx context.Context) (record.Selftest, error) {
	began := time.Now()
	s.result = record.Selftest{
		Form: s.Form.Name, Began: began.UTC().Truncate(time.Second),
		Machine: thisMachine(len(s.CPUs)),
	}
	start := s.look(ctx)
	for _, stage := range s.Form.stages() {
		s.Begin(stage.Stage)
		err := stage.work(s, ctx)
		if ctx.Err() != nil {
			err = context.Cause(ctx) // the stage's own error is only a consequence
		}
		if err != nil {
			return s.result, err
		}
	}
	if s.Lab.Children() { // otherwise the use of the lab's programs counts as others', as far as it is visible
		s.result.Machine.During = start.Until(machine.Now())
	}
	s.result.Took = time.Since(began)
	s.result.Verdict = message.Texts(analysis.SelftestVerdict(s.result, s.Plan))
	return s.result, nil
}

func thisMachine(cores int) record.Machine {
	return record.Machine{
		CPU: machine.CPU(), Cores: cores, Kernel: machine.Kernel(), Governor: machine.Governor(),
		Load: machine.Load(),
	}
}

// look watches the machine while the lab is idle, and returns the moment when the lab starts to work.
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

// timers measures how late naps end, and in what steps CPU time is counted.
func (s *Test) timers(ctx context.Context) error {
	for _, length := range []time.Duration{100 * time.Microsecond, time.Millisecond} {
		s.result.Naps = append(s.result.Naps, machine.Naps(ctx, length, s.Form.Naps))
	}
	s.result.CPUClock = machine.WatchCPUClock(s.Form.Steps)
	return nil
}
