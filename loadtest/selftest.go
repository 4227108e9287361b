package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/report"
)

func selftestCommand() *cobra.Command {
	var results string
	var short bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Find out what this machine can and cannot resolve, in less than two minutes",
		Long: `Find out what this machine can and cannot resolve, in less than two minutes: how late it wakes, what the load generator
reaches, how long a slice of load should be, how small a difference is then told from noise, and how exactly CPU budgets hold.

It prints a verdict and its tables, and keeps them in selftest.json in the folder of results.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cluster.Delegate() // without budgets the rest is still worth knowing, and the verdict says why there are none
			form := fullForm
			if short {
				form = shortForm
			}
			return commandSelftest(cmd.Context(), form, results, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&results, "results", "results", "folder of results; it gets selftest.json")
	cmd.Flags().BoolVar(&short, "short", false, "only what every bench does first, in two seconds")
	cmd.AddCommand(nullServerCommand())
	return cmd
}

// commandSelftest does a selftest of its own, for the plan called bench.
func commandSelftest(ctx context.Context, form selftestForm, results string, stdout io.Writer) error {
	p, err := plan.Load("bench")
	if err != nil {
		return failure{wentWrong, err}
	}
	cpus, err := cluster.CPUs()
	if err == nil && len(cpus) < 2 {
		err = errors.New("this machine has one core: the load generator and what it measures need one each, so it can resolve nothing")
	}
	if err != nil {
		return failure{wentWrong, err}
	}
	file, err := newSelftestFile(results)
	if err != nil {
		return failure{wentWrong, err}
	}
	defer file.remove()
	// The real store and balancer are not part of what is tested.
	lab, err := openLab(ctx, options{embedded: true}, p)
	if err != nil {
		return failure{wentWrong, err}
	}
	defer lab.Close()
	ctx, cancel := aliveOnly(ctx, lab)
	defer cancel()

	told := newProgress(stdout, form.takes)
	test := selftest{form: form, plan: p, lab: lab, cpus: cpus, program: ownName(), begin: told.begin, doing: told.doing}
	measured, err := test.run(ctx)
	told.stop()
	lab.Close()
	if err == nil {
		err = file.keep(measured)
	}
	if err != nil {
		return explainEnd(err, "the last selftest's results stay as they are")
	}
	fmt.Fprintf(stdout, "%s\ntook %s; the figures are in %s\n", report.SelftestText(measured), brief(measured.Took), file.path)
	return nil
}

// aliveOnly ends the context when a child of the lab dies.
func aliveOnly(ctx context.Context, lab *cluster.Lab) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case death := <-lab.Died():
			cancel(fmt.Errorf("%s ended by itself (%s); the end of its log:\n%s", death.Process, death.State, death.Tail))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// ownName is the name of this program's file: the lab starts it beside the servers, as the null server.
func ownName() string {
	path, err := os.Executable()
	if err != nil {
		return "authlab"
	}
	return filepath.Base(path)
}

// selftest is one selftest of this machine.
type selftest struct {
	form    selftestForm
	plan    *plan.Plan // what the machine is judged for
	lab     *cluster.Lab
	cpus    []int // the cores the lab may use, at least two
	program string
	begin   func(plan.Stage)
	doing   func(string)
	result  measure.Selftest
}

// run measures one thing after the other. Its error is what went wrong first, or why the context ended.
func (s *selftest) run(ctx context.Context) (measure.Selftest, error) {
	began := time.Now()
	s.result = measure.Selftest{Form: s.form.name, Began: began.UTC().Truncate(time.Second), Machine: thisMachine(len(s.cpus))}
	start := s.look(ctx)
	for _, stage := range s.form.stages() {
		s.begin(stage.Stage)
		err := stage.work(s, ctx)
		if ctx.Err() != nil {
			err = context.Cause(ctx) // what the stage saw is only a consequence
		}
		if err != nil {
			return s.result, err
		}
	}
	if s.lab.Platform() == cluster.Processes { // else what the lab's containers use, and the engine for them, is others' work as far as can be seen
		s.result.Machine.During = start.until(now())
	}
	s.result.Took = time.Since(began)
	s.result.Verdict = analysis.SelftestVerdict(s.result, s.plan)
	return s.result, nil
}

// selftest does the short form before a run, for its plan.
func (r *run) selftest(ctx context.Context) (*measure.Selftest, error) {
	test := selftest{
		form: shortForm, plan: r.plan, lab: r.lab, cpus: r.cpus, program: ownName(),
		begin: func(plan.Stage) {}, doing: func(string) {},
	}
	measured, err := test.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("selftest: %w", err)
	}
	r.progress.say(measured.Verdict[0]) // how quiet the machine is
	return &measured, nil
}
