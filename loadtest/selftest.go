package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/load"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/report"
	"authlab/loadtest/run"
	"authlab/loadtest/selftest"
)

func selftestCommand() *cobra.Command {
	var results string
	var short bool
	var lang *message.Language
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Find out what this machine can and cannot resolve, in less than two minutes",
		Long: `Find out what this machine can and cannot resolve, in less than two minutes: how late it wakes, what the load
generator reaches, how long a slice of load should be, what difference it can then tell from noise, and how exactly
CPU budgets hold.
It prints a verdict and its tables, and keeps them in selftest.json in the folder of results.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			prepare(platforms[0]) // without budgets the rest is still useful, and the verdict says why there are none
			form := selftest.Full
			if short {
				form = selftest.Short
			}
			return commandSelftest(cmd.Context(), form, results, *lang, cmd.OutOrStdout())
		},
	}
	lang = langFlag(cmd)
	cmd.Flags().StringVar(&results, "results", "results", "folder of results; it gets selftest.json")
	cmd.Flags().BoolVar(&short, "short", false, "only what every bench does first, in two seconds")
	cmd.AddCommand(nullServerCommand())
	return cmd
}

// commandSelftest runs a selftest by itself, for the plan called bench.
func commandSelftest(
	ctx context.Context, form selftest.Form, results string, lang message.Language, stdout io.Writer,
) error {
	p, err := plan.Load("bench", all.Parts()...)
	if err != nil {
		return failure{wentWrong, err}
	}
	cpus, err := cluster.CPUs()
	if err == nil && len(cpus) < 2 {
		err = errors.New(
			"this machine has one core: the load generator and what it measures need one each, so it can resolve nothing")
	}
	if err != nil {
		return failure{wentWrong, err}
	}
	file, err := newSelftestFile(results)
	if err != nil {
		return failure{wentWrong, err}
	}
	defer file.remove()
	// The selftest does not test the real store and balancer.
	lab, err := run.OpenLab(ctx, run.Config{Plan: p, Embedded: true, Platform: platforms[0]})
	if err != nil {
		return failure{wentWrong, err}
	}
	defer lab.Close()
	ctx, cancel := lab.WhileAlive(ctx)
	defer cancel()

	told := run.NewProgress(stdout, form.Takes)
	test := selftest.Test{
		Form: form, Plan: p, Lab: lab, CPUs: cpus, Program: run.Program(), Begin: told.Begin,
		Doing: told.Doing,
	}
	measured, err := test.Run(ctx)
	told.Stop()
	lab.Close()
	if err == nil {
		err = file.keep(measured)
	}
	if err != nil {
		return explainEnd(err, "the last selftest's results stay as they are")
	}
	fmt.Fprintf(stdout, "%s\ntook %s; the figures are in %s\n",
		report.SelftestText(lang, measured, analysis.SelftestVerdict(measured, p)), message.Brief(measured.Took), file.path)
	return nil
}

// nullServerCommand is the null server as a process of its own, so that its CPU time does not count as the generator's.
// The lab starts it like any server, and it ignores the other flags of servers.
func nullServerCommand() *cobra.Command {
	var replica, listen string
	cmd := &cobra.Command{
		Use: "null-server", Hidden: true, Short: "Answer every request with the same bytes",
		Args:               cobra.NoArgs,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return failure{wentWrong, err}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "listening http://%s\n", l.Addr())
			if err := load.ServeNull(cmd.Context(), l, replica); err != nil {
				return failure{wentWrong, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&replica, "replica", "null-0", "what X-Replica says")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on")
	return cmd
}
