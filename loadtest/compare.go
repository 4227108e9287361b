package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/report"
)

func compareCommand() *cobra.Command {
	var lang *message.Language
	var html string
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
			return compare(args[0], args[1], html, *lang, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&html, "html", "", "also write the report of AFTER, with the comparison in it, to this `file`")
	lang = langFlag(cmd)
	return cmd
}

// compare says on stdout what differs. With the name of a file it also writes a page.
func compare(before, after, html string, l message.Language, stdout io.Writer) error {
	var both [2]*analysis.Analysis
	var compared [2]*analysis.Comparable
	for i, folder := range []string{before, after} {
		run, err := measure.Read(folder)
		if err != nil {
			return failure{wentWrong, err}
		}
		both[i] = analysis.Compare(run)
		if compared[i], err = report.Comparable(both[i]); err != nil {
			return failure{wentWrong, err}
		}
	}
	x, err := analysis.AcrossRuns(compared[0], compared[1])
	if err != nil {
		return asked(err)
	}
	head := message.New("comparison.title", "before", both[0].Run.ID, "after", both[1].Run.ID)
	fmt.Fprintf(stdout, "%s\n\n%s", message.Visible(head.In(l)), report.Across(x, l))
	if html == "" {
		return nil
	}
	text, err := report.Compared(x, both[0].Run.ID, both[1], l)
	if err == nil {
		err = os.WriteFile(html, text, 0o644)
	}
	if err != nil {
		return failure{wentWrong, fmt.Errorf("cannot write the page: %w", err)}
	}
	return nil
}
