package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/cluster"
	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/report"
	"authlab/loadtest/selftest"
)

// tinyForm does everything that a full selftest does, in the smallest amount.
var tinyForm = selftest.Form{
	Name: record.Full, Look: 10 * time.Millisecond, Naps: 5, Steps: 5,
	ClosedRounds: 1, ClosedSlice: 20 * time.Millisecond, Rates: []float64{500, 1000}, Open: 50 * time.Millisecond,
	Lengths: []time.Duration{50 * time.Millisecond, 20 * time.Millisecond}, Share: 50 * time.Millisecond, Starts: 2,
	Users:   20,
	Budgets: []float64{0.05, 0.1}, BudgetRounds: 1, BudgetSlice: 100 * time.Millisecond,
}

// testSelftest is a selftest whose programs were built for the tests. On success, it holds the machine's lock.
func testSelftest(t *testing.T, form selftest.Form) *selftest.Test {
	t.Helper()
	bin := programs(t)
	cpus, err := cluster.CPUs()
	if err != nil || len(cpus) < 2 {
		t.Skipf("a selftest needs two cores: %v %v", cpus, err)
	}
	p, err := plan.Load("bench", all.Parts()...)
	if err != nil {
		t.Fatal(err)
	}
	lab, err := cluster.Open(t.Context(),
		cluster.Config{Platform: platforms[0], BinDir: bin, Embedded: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lab.Close() })
	return &selftest.Test{
		Form: form, Plan: p, Lab: lab, CPUs: cpus, Program: "authlab", Begin: func(plan.Stage) {}, Doing: func(string) {},
	}
}

// The speed of this machine decides the figures, so the test does not check them.
func TestSelftestEndToEnd(t *testing.T) {
	test := testSelftest(t, tinyForm)
	s, err := test.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var against []string
	for _, c := range s.Closed {
		against = append(against, c.Against)
		if c.Generator <= 0 || c.Server <= 0 {
			t.Errorf("requests that cost nothing: %+v", c)
		}
	}
	if !slices.Equal(against, []string{selftest.NullName, plan.Control}) {
		t.Errorf("the generator was tried against %v", against)
	}
	if len(s.Open) != 2 || s.Open[0].Rate != 500 || s.Open[0].Planned == 0 {
		t.Errorf("open loop: %+v", s.Open)
	}
	if len(s.Naps) != 2 || s.Naps[0].P50 < 0 || s.Naps[0].P99 < s.Naps[0].P50 {
		t.Errorf("naps: %+v", s.Naps)
	}
	if len(s.Lines) != 2 || s.Lines[0].Of != 6 || s.Lines[1].Of != 12 || s.Lines[1].Rounds != 4 {
		t.Errorf("the table of slices: %+v", s.Lines)
	}
	if s.NoBudgets == "" && (len(s.Budgets) != 2 || s.Budgets[1].Cores != 0.1 || s.Budgets[1].Used.Center <= 0) {
		t.Errorf("budgets: %+v", s.Budgets)
	}
	text := report.SelftestText(message.English, s, analysis.SelftestVerdict(s, test.Plan))
	for _, sentence := range s.Verdict {
		if !strings.Contains(text, sentence) {
			t.Errorf("the text does not have the verdict's %q", sentence)
		}
	}
	nonce := test.Lab.Nonce()
	test.Lab.Close()
	nothingLeft(t, nonce)
}

func TestSelftestThatIsInterruptedLeavesNothing(t *testing.T) {
	test := testSelftest(t, tinyForm)
	ctx, cancel := context.WithCancel(t.Context())
	test.Doing = func(what string) {
		if strings.HasPrefix(what, "start 1 of 2") { // three servers run, and nothing has been compared yet
			cancel()
		}
	}
	if _, err := test.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	nonce := test.Lab.Nonce()
	test.Lab.Close()
	nothingLeft(t, nonce)
}

func TestSelftestCommand(t *testing.T) {
	bin := programs(t)
	results := filepath.Join(t.TempDir(), "results")
	output, err := exec.Command(filepath.Join(bin, "authlab"), "selftest", "--short", "--results",
		results).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var s record.Selftest
	text, err := os.ReadFile(filepath.Join(results, "selftest.json"))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil || s.Form != record.Short || len(s.Verdict) == 0 || !bytes.Contains(output, []byte(s.Verdict[0])) {
		t.Errorf("%+v, %v; it said:\n%s", s, err, output)
	}
	onlyTheResult(t, results)
}

func TestBenchBeginsWithTheShortForm(t *testing.T) {
	cmd, results, output := lab(t, `
name: short
question: Does the selftest come first?
users: 20
schemes: [token-hs256]
demand: {slice: 20ms, rounds: 1, launches: 1, connections: 2}
`, "--embedded")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	run, err := measure.Read(onlyRun(t, results))
	if err != nil {
		t.Fatal(err)
	}
	s := run.Environment.Selftest
	if s == nil || s.Form != record.Short || len(s.Naps) == 0 || len(s.Closed) == 0 || len(s.Open) == 0 {
		t.Errorf("env.json has %+v", s)
	}
	text, err := os.ReadFile(filepath.Join(results, "runs", run.ID, "report.md"))
	if err != nil || !bytes.Contains(text, []byte("selftest before the start")) {
		t.Errorf("the report does not mention it: %v", err)
	}
}

func TestSelftestIsRefused(t *testing.T) {
	testSelftest(t, tinyForm) // holds the machine's lock
	results := t.TempDir()
	before := []byte("the last selftest's\n")
	if err := os.WriteFile(filepath.Join(results, "selftest.json"), before, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{
			"while another lab runs",
			[]string{"selftest", "--results", results},
			wentWrong,
			"another bench or demo is running on this machine",
		},
		{
			"where results cannot be written",
			[]string{"selftest", "--results", "/proc/results"},
			wentWrong,
			"name a folder that you may write to with --results",
		},
		{"with an argument", []string{"selftest", "again"}, askedWrong, `unknown command "again"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			if code := authlab(t.Context(), c.args, &out, &out); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if text := strings.TrimSpace(out.String()); !strings.Contains(text, c.want) || strings.Contains(text, "\n") {
				t.Errorf("it said %q, want one sentence with %q", text, c.want)
			}
		})
	}
	if after, _ := os.ReadFile(filepath.Join(results, "selftest.json")); !bytes.Equal(before, after) {
		t.Errorf("the last results are now %q", after)
	}
	onlyTheResult(t, results)
}

// onlyTheResult checks that no half-written file stays.
func onlyTheResult(t *testing.T, results string) {
	t.Helper()
	entries, err := os.ReadDir(results)
	if err != nil || len(entries) != 1 || entries[0].Name() != "selftest.json" {
		t.Errorf("in the folder of results: %v, %v", entries, err)
	}
}
