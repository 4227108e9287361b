package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/report"
)

func reportCommand() *cobra.Command {
	var lang *message.Language
	var schema bool
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Write the report of a run again from its raw files, offline",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case schema && len(args) > 0:
				return asked(errors.New("--schema is of every run: name none"))
			case !schema && len(args) != 1:
				return asked(errors.New("name one run: authlab report results/runs/ID"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				_, _ = cmd.OutOrStdout().Write(report.Schema) // output remembers an error
				return nil
			}
			if _, err := writeReport(args[0], *lang, cmd.OutOrStdout()); err != nil {
				return failure{wentWrong, err}
			}
			return nil
		},
	}
	lang = langFlag(cmd)
	cmd.Flags().BoolVar(&schema, "schema", false,
		"print the JSON Schema of report.json instead, for programs that read it")
	return cmd
}

// writeReport does everything that follows the raw files.
func writeReport(folder string, l message.Language, stdout io.Writer) (*analysis.Analysis, error) {
	measured, err := measure.Read(folder)
	if err != nil {
		return nil, err
	}
	a := analysis.Compare(measured)
	if err := report.Write(folder, a, l); err != nil {
		return nil, err
	}
	_, err = io.WriteString(stdout, "\n"+report.MainText(a, l)+"\n")
	return a, err
}

// worthless says why no figure of a finished run may be used; nil if some may.
func worthless(a *analysis.Analysis) error {
	if !a.Void.IsZero() {
		return fmt.Errorf("the run is void, because an answer reached the wrong user: %s", a.Void)
	}
	if a.Run.Plan.Target == nil {
		return nil // each scheme has a probe of its own, and the others count
	}
	for _, p := range a.Run.Probes {
		if said := measure.Unauthentic(p); !said.IsZero() {
			return fmt.Errorf("the target failed the probe, so that no slice counts: %s", said)
		}
	}
	return nil
}
