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

var update = flag.Bool("update", false, "write the README's table from the reference run")

const (
	readme    = "../README.md"
	reference = "../results/reference"
	tableFrom = "<!-- main table -->\n"
	tableTo   = "<!-- end of main table -->\n"
)

// The README prints no number that is not the reference run's. After a new one: go test ./loadtest -run README -update.
func TestREADMEShowsTheReferenceRun(t *testing.T) {
	run, err := measure.Read(reference)
	if err != nil {
		t.Fatal(err)
	}
	a := analysis.Compare(run)
	if a.Void != "" || a.Partial != "" || run.Environment.Dirty || len(run.Damage) > 0 {
		t.Errorf("the reference run may not be shown: void %q, partial %q, dirty %v, damage %v", a.Void, a.Partial, run.Environment.Dirty, run.Damage)
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(text, []byte(tableFrom))
	shown, after, ended := bytes.Cut(rest, []byte(tableTo))
	if !found || !ended {
		t.Fatalf("the README has no place for the table, between %s and %s", tableFrom, tableTo)
	}
	want := []byte(report.MainTable(a))
	if *update {
		text = bytes.Join([][]byte{before, []byte(tableFrom), want, []byte(tableTo), after}, nil)
		if err := os.WriteFile(readme, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(shown, want) {
		t.Errorf("the README shows another table than the reference run's:\n%s\nwant\n%s", shown, want)
	}
}
