package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"authlab/loadtest/message"
	"authlab/loadtest/runarchive"
)

func importCommand() *cobra.Command {
	var results string
	var lang *message.Language
	cmd := &cobra.Command{
		Use:   "import [LOG]",
		Short: "Extract a run from the log of a bench that ran with --export",
		Long: `Extract a run from the log of a bench that ran with --export, and write its report again. The log is a file,
or else standard input. Times and names that a log puts before every line are skipped.`,
		Example: "  kubectl -n authlab-session logs job/bench --follow | authlab import",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return asked(errors.New("name one log, or none to read standard input: authlab import LOG"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			log := cmd.InOrStdin()
			if len(args) == 1 {
				file, err := os.Open(args[0])
				if err != nil {
					return asked(err)
				}
				defer file.Close()
				log = file
			}
			return importRun(log, results, *lang, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&results, "results", "results", "folder of results; the run gets runs/ID in it")
	lang = langFlag(cmd)
	return cmd
}

// importRun makes a folder from the run in a log.
func importRun(log io.Reader, results string, l message.Language, stdout io.Writer) error {
	folder, err := runarchive.Unpack(log, filepath.Join(results, "runs"))
	switch {
	case errors.Is(err, runarchive.ErrNone):
		return asked(fmt.Errorf("cannot read a run from the log: %w; authlab bench --export writes one when it ends", err))
	case errors.Is(err, fs.ErrExist):
		return asked(fmt.Errorf("the run exists already: %w", err))
	case err != nil:
		return failure{wentWrong, fmt.Errorf("cannot read a run from the log: %w", err)}
	}
	if _, err := writeReport(folder, l, stdout); err != nil {
		return failure{wentWrong, fmt.Errorf("%w; what was measured is in %s", err, folder)}
	}
	fmt.Fprintf(stdout, "the report is %s\n", filepath.Join(folder, "report.html"))
	return nil
}
