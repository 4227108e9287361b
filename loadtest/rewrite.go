package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/report"
)

func reportCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "report RUN",
		Short: "Write the report of a run again from its raw files, offline",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return asked(errors.New("name one run: authlab report results/runs/ID"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := writeReport(args[0], cmd.OutOrStdout()); err != nil {
				return failure{wentWrong, err}
			}
			return nil
		},
	}
}

// writeReport is everything right of the raw files.
func writeReport(folder string, stdout io.Writer) error {
	measured, err := measure.Read(folder)
	if err != nil {
		return err
	}
	a := analysis.Compare(measured)
	if err := report.Write(folder, a); err != nil {
		return err
	}
	_, err = io.WriteString(stdout, "\n"+report.MainText(a)+"\n")
	return err
}
