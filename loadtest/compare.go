package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
	"authlab/loadtest/report"
)

func compareCommand() *cobra.Command {
	var lang *message.Language
	cmd := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "Set two runs side by side: which of their ratios differ",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return asked(errors.New("name two runs: authlab compare results/runs/BEFORE results/runs/AFTER"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return compare(args[0], args[1], *lang, cmd.OutOrStdout())
		},
	}
	lang = langFlag(cmd)
	return cmd
}

func compare(before, after string, l message.Language, stdout io.Writer) error {
	var both [2]*analysis.Analysis
	for i, folder := range []string{before, after} {
		run, err := measure.Read(folder)
		if err != nil {
			return failure{wentWrong, err}
		}
		both[i] = analysis.Compare(run)
	}
	x, err := analysis.AcrossRuns(both[0], both[1])
	if err != nil {
		return asked(err)
	}
	if err := model.Across(x, both[0], both[1]); err != nil {
		return failure{wentWrong, err}
	}
	head := message.New("comparison.title", "before", both[0].Run.ID, "after", both[1].Run.ID)
	fmt.Fprintf(stdout, "%s\n\n%s", message.Visible(head.In(l)), report.Across(x, l))
	return nil
}
