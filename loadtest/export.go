package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/vegeta"
)

func exportCommand() *cobra.Command {
	var out string
	var due bool
	cmd := &cobra.Command{
		Use:   "export RUN --out DIR",
		Short: "Write a run's requests as vegeta report, plot and encode read them",
		Long: `Write the requests of a run's latency cells as vegeta report, plot and encode read them: a CSV file for each
scheme and rate. Slices that do not count are left out. Latencies are from when a request was sent, as Vegeta has
them.`,
		Example: "  authlab export results/runs/ID --out requests && vegeta report requests/token-hs256-1000.csv",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || out == "" {
				return asked(errors.New("name a run, and a folder to write: authlab export results/runs/ID --out DIR"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			from := vegeta.FromSent
			if due {
				from = vegeta.FromDue
			}
			return export(args[0], out, from, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write, which must not exist or be empty")
	cmd.Flags().BoolVar(&due, "due", false,
		"latencies are from when a request was due, so that they include the time for which a server kept it waiting")
	return cmd
}

// export writes the requests of every cell at a fixed rate.
func export(folder, out string, from vegeta.From, stdout io.Writer) error {
	run, err := measure.Read(folder)
	if err != nil {
		return failure{wentWrong, err}
	}
	cells := openCells(analysis.Compare(run))
	if len(cells) == 0 {
		return asked(fmt.Errorf("%s measured no latency at a fixed rate: there are no requests to export", folder))
	}
	read := make([][]record.Request, len(cells))
	for i, c := range cells {
		read[i], err = record.ReadRequests(folder, c.name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return failure{wentWrong, fmt.Errorf("%s has no %s: committed runs leave their requests out, so export a run of "+
				"your own, from results/runs", folder, record.RequestsFile(c.name))}
		case err != nil:
			return failure{wentWrong, err}
		}
	}
	if err := emptyFolder(out); err != nil {
		return asked(err)
	}
	for i, c := range cells {
		file := filepath.Join(out, c.name+".csv")
		n, err := writeResults(file, c, read[i], from)
		if err != nil {
			return failure{wentWrong, err}
		}
		fmt.Fprintf(stdout, "%s: %d requests\n", message.Visible(file), n)
	}
	fmt.Fprintf(stdout, "vegeta report FILE, or vegeta plot FILE … > plot.html, reads them\n")
	return nil
}

// openCell is a scheme at a rate, and when each of its rounds began that counts.
type openCell struct {
	name  string
	began map[int]time.Time
}

// openCells are the cells at fixed rates, in the order in which they were first visited.
func openCells(a *analysis.Analysis) (cells []openCell) {
	at := map[string]int{}
	for _, m := range a.Measurements {
		open := m.Kind == plan.LatencyCell || m.Kind == plan.TargetCell && m.Rate > 0
		if _, err := plan.SchemeNamed(m.Scheme); !open || err != nil || !m.Valid() {
			continue // a scheme's name becomes a file's, so no other text does
		}
		name := record.OpenLoop(m.Scheme, m.Rate)
		if _, known := at[name]; !known {
			at[name] = len(cells)
			cells = append(cells, openCell{name, map[int]time.Time{}})
		}
		cells[at[name]].began[m.Round] = m.Start
	}
	return cells
}

// emptyFolder makes a folder, or accepts an empty one: nothing is overwritten.
func emptyFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("cannot write there: %w; name another folder with --out", err)
	}
	if found, err := os.ReadDir(path); err != nil || len(found) > 0 {
		return errors.Join(err, fmt.Errorf("%s is not empty: name another folder with --out", path))
	}
	return nil
}

func writeResults(path string, c openCell, requests []record.Request, from vegeta.From) (n int, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	n, err = vegeta.Results(file, c.name, requests, c.began, from)
	return n, errors.Join(err, file.Close())
}
