package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"authlab/loadtest/merge"
	"authlab/loadtest/message"

	"github.com/spf13/cobra"
)

func mergeCommand() *cobra.Command {
	var out string
	var lang *message.Language
	cmd := &cobra.Command{
		Use:   "merge RUN RUN...",
		Short: "Add up what several generators measured at one target at the same time",
		Long: `Add up what several generators measured at one target at the same time, and write a report of it.
Start authlab bench --target on each machine with the same --at, then bring the runs together. Records of single
requests stay in the original runs.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || out == "" {
				return asked(errors.New("name two runs or more, and a folder for the sum: authlab merge RUN RUN --out DIR"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return mergeRuns(args, out, *lang, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder for the merged run; it must not exist yet")
	lang = langFlag(cmd)
	return cmd
}

// mergeRuns writes the sum of runs into the folder out, with a report.
func mergeRuns(folders []string, out string, l message.Language, stdout io.Writer) error {
	if err := merge.Merge(folders, out, os.Args); err != nil {
		if _, apart := errors.AsType[merge.Apart](err); apart {
			return asked(err)
		}
		return failure{wentWrong, err}
	}
	if _, err := writeReport(out, l, stdout); err != nil {
		return failure{wentWrong, err}
	}
	fmt.Fprintf(stdout, "%d runs merged; the report is %s\n", len(folders), filepath.Join(out, "report.html"))
	return nil
}
