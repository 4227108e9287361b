package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// brokenRequirement is the exit code of a check that found a requirement broken, as k6 has it for thresholds.
const brokenRequirement = 99

func checkCommand() *cobra.Command {
	var required []string
	var strict bool
	var lang *message.Language
	cmd := &cobra.Command{
		Use:   "check RUN",
		Short: "Hold a run to requirements, such as 'cost(session-redis) <= 2.0 * cost(control)'",
		Long: `Hold a run to requirements: those of --require, and those of its plan. A requirement is kept or broken only
where the whole confidence interval lies on one side of the bound; else the run cannot tell. The exit code is 99
when a requirement is broken, and with --strict also when the run cannot tell; otherwise it is 0.

The figures:
  ` + strings.Join(plan.RequiredFigures(), "\n  "),
		Example: `  authlab check results/runs/ID --require 'cost(session-redis) <= 2.0 * cost(control)'
  authlab check results/runs/ID --require 'p99(session-redis, 1000) <= 50ms' --strict`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return asked(errors.New("name one run: authlab check results/runs/ID"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return check(args[0], required, strict, *lang, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringArrayVar(&required, "require", nil, "a requirement; may be given several times")
	cmd.Flags().BoolVar(&strict, "strict", false, "also fail when the run cannot tell")
	lang = langFlag(cmd)
	return cmd
}

// verdictColumns is the width of the column that has verdicts.
const verdictColumns = 11

var verdicts = map[analysis.Verdict]message.Message{
	analysis.Kept:       message.New("require.is-kept"),
	analysis.Broken:     message.New("require.is-broken"),
	analysis.CannotTell: message.New("require.is-open"),
}

// check prints a line for each requirement.
func check(folder string, required []string, strict bool, l message.Language, stdout io.Writer) error {
	var given []plan.Requirement
	for _, text := range required {
		r, err := plan.ParseRequirement(text)
		if err != nil {
			return asked(err)
		}
		given = append(given, r)
	}
	run, err := measure.Read(folder)
	if err != nil {
		return failure{wentWrong, err}
	}
	given = append(run.Plan.Requirements(), given...)
	if len(given) == 0 {
		return asked(errors.New("there is nothing to check: the plan of the run has no require, and --require was not " +
			"given; authlab check --help has examples"))
	}
	a := analysis.Compare(run)
	count := map[analysis.Verdict]int{}
	for _, r := range given {
		j := a.Require(r)
		count[j.Verdict]++
		verdict := verdicts[j.Verdict].In(l)
		pad := strings.Repeat(" ", max(0, verdictColumns-message.Columns(verdict)))
		fmt.Fprintf(stdout, "%s%s %s\n            %s\n", verdict, pad, message.Visible(j.Requirement),
			message.Visible(j.Said.In(l)))
	}
	switch broken, open := count[analysis.Broken], count[analysis.CannotTell]; {
	case broken > 0:
		return failure{brokenRequirement, fmt.Errorf("%s of %d broken", message.Count(broken, "requirement"), len(given))}
	case strict && open > 0:
		return failure{brokenRequirement, fmt.Errorf("the run cannot tell of %s of %d: a longer plan may",
			message.Count(open, "requirement"), len(given))}
	}
	return nil
}
