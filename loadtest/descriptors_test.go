package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/record"
)

// A run is refused if it needs more descriptors than the process can have. If the process runs out during a run, the
// report blames the generator.
func TestDescriptorsAreCountedBeforeTheRun(t *testing.T) {
	bin := programs(t)
	s := httptest.NewServer(&fakeTarget{name: "a"})
	defer s.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "users"), []byte("alice secret-of-alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bench := `exec "$0" bench --results "$1/results" `
	onTarget := bench + `--target "$2" --scheme session-sticky --users "$1/users" --max-connections `
	for name, test := range map[string]struct{ script, want string }{
		"a target": {
			"ulimit -n 70; " + onTarget + "8",
			"this process may have 70 files open at once, and 8 connections need at least 72: raise the limit " +
				"(ulimit -n), or lower --max-connections",
		},
		"a lab": {
			"ulimit -n 100; " + bench + "--plan quick",
			"raise the limit (ulimit -n), or give a plan with fewer connections or schemes",
		},
	} {
		cmd := exec.Command("/bin/sh", "-c", test.script, filepath.Join(bin, "authlab"), dir, s.URL)
		out, err := cmd.CombinedOutput()
		if err == nil || cmd.ProcessState.ExitCode() != wentWrong || !strings.Contains(string(out), test.want) ||
			strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: %v, it said %s", name, err, out)
		}
	}
	if runs, _ := os.ReadDir(filepath.Join(dir, "results")); len(runs) > 0 {
		t.Errorf("it left %v", runs)
	}
}

// A slice that ran out of descriptors says so in the report, and does not blame the replicas.
func TestDescriptorsThatWereLackingAreNamed(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(run, os.DirFS("../results/reference")); err != nil {
		t.Fatal(err)
	}
	before, err := record.Read(run, all.Parts()...)
	if err != nil || len(before.Slices) == 0 {
		t.Fatal(err)
	}
	row := before.Slices[0]
	n := row.Verdicts[record.OK]
	text := string(read(t, run, "raw/slices.jsonl"))
	first, rest, _ := strings.Cut(text, "\n")
	changed := strings.Replace(first, `"ok":`, `"error-descriptors":7,"ok":`, 1)
	if changed == first || n == 0 {
		t.Fatal("the first slice has no answers")
	}
	if err := os.WriteFile(filepath.Join(run, "raw/slices.jsonl"), []byte(changed+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := measure.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	doubts := got.Measurements[0].Doubts
	if len(doubts) != 1 || doubts[0].Reason != measure.GeneratorBound ||
		!strings.Contains(doubts[0].Said.String(), "requests were not sent: this process ran out of "+
			"file descriptors: raise its limit") {
		t.Errorf("the doubts about the slice are %+v", doubts)
	}
}
