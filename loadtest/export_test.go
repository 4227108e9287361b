package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	lib "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// withRequests is the folder of a synthetic run, with a line for each request of its latency cells. All requests of a
// round take as many ms as its number.
func withRequests(t *testing.T) string {
	t.Helper()
	var slices []record.Slice
	run := measuretest.Lab{Plan: `
name: latency
schemes: [session-redis, token-hs256]
latency: {replicas: 2, rates: [1000], slice: 1s, samples: 3000}
`, Change: func(s *record.Slice) {
		if s.Round == 1 {
			s.Note = "the store was started again"
		}
		slices = append(slices, *s)
	}}.Run()
	folder, err := record.Create(filepath.Join(t.TempDir(), "a-run"))
	if err != nil {
		t.Fatal(err)
	}
	errs := []error{folder.Plan(run.Plan), folder.Environment(run.Environment)}
	for _, e := range run.Events {
		errs = append(errs, folder.Event(e))
	}
	for _, s := range slices {
		errs = append(errs, folder.Slice(s))
		if s.Kind != plan.LatencyCell {
			continue
		}
		to, err := folder.Requests(record.OpenLoop(s.Scheme, s.Rate))
		for seq := range 100 {
			fmt.Fprintf(to, "%d,%d,%d,%d,%d,200,ok,0,300\n", s.Round, seq, seq*1000, seq*1000+500, s.Round*1_000_000)
		}
		errs = append(errs, err)
	}
	for _, err := range append(errs, folder.Close()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder.Path()
}

// exported runs the command.
func exported(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	var out bytes.Buffer
	code = authlab(t.Context(), append([]string{"export"}, args...), &out, &out)
	return out.String(), code
}

func TestExport(t *testing.T) {
	run, out := withRequests(t), filepath.Join(t.TempDir(), "requests")
	said, code := exported(t, run, "--out", out)
	if code != 0 || !strings.Contains(said, "token-hs256-1000.csv: 300 requests\n") {
		t.Fatalf("exit code %d: %s", code, said)
	}
	files, _ := filepath.Glob(out + "/*")
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	if want := []string{
		"control-1000.csv", "control-again-1000.csv", "session-redis-1000.csv", "token-hs256-1000.csv",
	}; !slices.Equal(files, want) {
		t.Errorf("it wrote %v, want %v", files, want)
	}
	text, err := os.ReadFile(filepath.Join(out, "token-hs256-1000.csv"))
	if err != nil {
		t.Fatal(err)
	}
	took := map[time.Duration]int{} // round 1 does not count
	decode := lib.DecoderFor(bytes.NewReader(text))
	for r := (lib.Result{}); decode(&r) == nil; {
		took[r.Latency]++
	}
	if len(took) != 3 || took[0] != 100 || took[2*time.Millisecond] != 100 || took[3*time.Millisecond] != 100 {
		t.Errorf("latencies are %v", took)
	}
	due := filepath.Join(t.TempDir(), "due")
	if said, code := exported(t, run, "--out", due, "--due"); code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	text, err = os.ReadFile(filepath.Join(due, "token-hs256-1000.csv"))
	var first lib.Result
	if decode := lib.DecoderFor(bytes.NewReader(text)); err != nil || decode(&first) != nil || first.Latency != 500 {
		t.Errorf("from due, the first result is %+v: %v", first, err)
	}
}

// TestExportSaysWhatItLacks, and overwrites nothing.
func TestExportSaysWhatItLacks(t *testing.T) {
	run, taken := withRequests(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(taken, "token-hs256-1000.csv"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := withRequests(t)
	file := filepath.Join(broken, record.RequestsFile("control-1000"))
	if err := os.WriteFile(file, []byte(record.RequestsHeader+"0,0,0,0,1,200,ok,0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bare := withRequests(t) // as committed runs are
	if err := os.Remove(filepath.Join(bare, record.RequestsFile("token-hs256-1000"))); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no run":          {nil, askedWrong, "name a run, and a folder to write"},
		"nowhere":         {[]string{run}, askedWrong, "name a run, and a folder to write"},
		"a folder in use": {[]string{run, "--out", taken}, askedWrong, "is not empty: name another folder with --out"},
		"no requests": {
			[]string{bare, "--out", filepath.Join(t.TempDir(), "x")},
			wentWrong,
			"committed runs leave their requests out",
		},
		"no such run": {[]string{"no-such-folder", "--out", "x"}, wentWrong, "no-such-folder"},
		"a broken line": {
			[]string{broken, "--out", filepath.Join(t.TempDir(), "x")},
			wentWrong,
			"line 2 of raw/requests-control-1000.csv is not a request: it has 8 columns, not 9",
		},
	} {
		if said, code := exported(t, test.args...); code != test.code || !strings.Contains(said, test.says) ||
			strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit code %d, want %d; it says %swant one line with %q", name, code, test.code, said, test.says)
		}
	}
	if kept, _ := os.ReadFile(filepath.Join(taken, "token-hs256-1000.csv")); string(kept) != "mine" {
		t.Error("it wrote over a file")
	}
}
