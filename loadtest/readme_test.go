package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/report"
)

var update = flag.Bool("update", false, "write the README's tables from the committed runs")

const (
	readme    = "../README.md"
	reference = "../results/reference"
)

// committed are the runs that the README shows, each between comments with the name of its folder in results.
var committed = []string{"reference", "rows"}

// The README prints no number that is not a committed run's. After a new one: go test ./loadtest -run README -update.
func TestREADMEShowsTheCommittedRuns(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range committed {
		run, err := measure.Read("../results/" + name)
		if err != nil {
			t.Fatal(err)
		}
		a := analysis.Compare(run)
		if a.Void != "" || a.Partial != "" || run.Environment.Dirty || len(run.Damage) > 0 {
			t.Errorf("%s may not be shown: void %q, partial %q, dirty %v, damage %v", name, a.Void, a.Partial, run.Environment.Dirty, run.Damage)
		}
		from, to := []byte("<!-- "+name+" -->\n"), []byte("<!-- end of "+name+" -->\n")
		before, rest, found := bytes.Cut(text, from)
		shown, after, ended := bytes.Cut(rest, to)
		if !found || !ended {
			t.Fatalf("the README has no place for the table, between %s and %s", from, to)
		}
		want := []byte(report.MainTable(a))
		if *update {
			text = bytes.Join([][]byte{before, from, want, to, after}, nil)
		} else if !bytes.Equal(shown, want) {
			t.Errorf("the README shows another table than that of %s:\n%s\nwant\n%s", name, shown, want)
		}
	}
	if *update {
		if err := os.WriteFile(readme, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
