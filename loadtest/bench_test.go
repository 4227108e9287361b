package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/record"
	"authlab/scripts/longtest"
	"authlab/scripts/prebuilt"
)

// tiny is the complete chain, end to end, in a few seconds: every kind of cell, every kind of scheme.
const tiny = `
name: tiny
question: Does the complete chain work?
users: 300
schemes: [session-memory, session-sticky, session-redis, token-hs256]
demand: {slice: 50ms, rounds: 6, launches: 3, connections: 4}
tiers: {slice: 100ms, rounds: 2, connections: 8}
scaling: {replicas: [1, 2], budget: 0.05, slice: 100ms, rounds: 2, connections: 8}
latency: {replicas: 2, rates: [200], slice: 500ms, samples: 200}
`

// built is the folder of programs; "" until a test asks for them.
var built string

// programs returns the folder of the lab and its servers, which are built once for all tests of this package. With
// -short the test is skipped: starting a lab takes seconds.
func programs(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a lab is skipped with -short")
	}
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "authlab-test-bin-")
	if err != nil {
		return "", err
	}
	built = dir
	err = prebuilt.Programs(dir, "authlab/servers/sessiond", "authlab/servers/tokend", "authlab/servers/controld",
		"authlab/servers/balancerd", "authlab/servers/stored", "authlab/loadtest/experiment/exploit/targets/targetd",
		"authlab/scripts/priced", "authlab/loadtest")
	if err != nil {
		return "", err
	}
	return dir, os.Rename(filepath.Join(dir, "loadtest"), filepath.Join(dir, "authlab"))
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// lab prepares a bench of the plan in text. Its results go to the returned folder.
func lab(t *testing.T, text string, args ...string) (cmd *exec.Cmd, results string, output *bytes.Buffer) {
	t.Helper()
	bin := programs(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "tiny.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	results, output = filepath.Join(dir, "results"), &bytes.Buffer{}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, filepath.Join(bin, "authlab"),
		append([]string{"bench", "--plan", file, "--results", results}, args...)...)
	cmd.Stdout, cmd.Stderr = output, output
	return cmd, results, output
}

func TestBenchEndToEnd(t *testing.T) {
	for name, args := range map[string][]string{"embedded": {"--embedded"}, "parts that are here": nil} {
		t.Run(name, func(t *testing.T) {
			if name == "embedded" { // other tests use these parts
				longtest.Only(t)
			}
			cmd, results, output := lab(t, tiny, args...)
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			run := onlyRun(t, results)
			measured, err := measure.Read(run)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for _, m := range measured.Measurements {
				seen[fmt.Sprint(m.Kind, " ", m.Scheme, " ", m.Tier, " ", m.Replicas)]++
			}
			for cell, want := range map[string]int{
				"demand control replica 1": 6, "demand token-hs256 replica 1": 6, "demand session-redis replica 1": 6,
				"demand session-memory replica 1": 6, "demand session-sticky replica 1": 0,
				"scaling session-sticky  2": 2, "scaling session-memory  1": 2, "scaling control-again  2": 2,
				"latency token-hs256  2": 3, "latency session-memory  2": 0,
			} {
				if budgeted := measured.Environment.Budgets != "none"; !budgeted && strings.HasPrefix(cell, "scaling") {
					want = 0
				}
				if seen[cell] != want {
					t.Errorf("%d slices of %q, want %d; all: %v", seen[cell], cell, want, seen)
				}
			}
			reportAgainIsTheSame(t, run)
			nothingSecret(t, run)
			nothingLeft(t, measured.Environment.Nonce)
		})
	}
}

// reportAgainIsTheSame rebuilds the report offline.
func reportAgainIsTheSame(t *testing.T, run string) {
	t.Helper()
	for _, name := range []string{"report.md", "report.html", "report.json", "figures.csv", "measurements.csv"} {
		before, err := os.ReadFile(filepath.Join(run, name))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if code := authlab(context.Background(), []string{"report", run}, &out, &out); code != 0 {
			t.Fatalf("authlab report: exit code %d\n%s", code, &out)
		}
		if after, _ := os.ReadFile(filepath.Join(run, name)); !bytes.Equal(before, after) {
			t.Errorf("%s differs when it is written again", name)
		}
	}
}

var credentialLike = regexp.MustCompile(
	`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.|authlab_session=|AUTHLAB_REPLICA=|Bearer [A-Za-z0-9]`)

// nothingSecret reads everything that a run wrote.
func nothingSecret(t *testing.T, run string) {
	t.Helper()
	err := filepath.WalkDir(run, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if found := credentialLike.Find(text); found != nil {
			t.Errorf("%s contains what looks like a credential: %.20s…", path, found)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nothingLeft looks for what a lab might leave: processes, cgroups, temporary files. All carry the lab's nonce.
func nothingLeft(t *testing.T, nonce string) {
	t.Helper()
	if nonce == "" {
		t.Fatal("the run has no nonce, so its remains cannot be recognised")
	}
	for pid, command := range processes(nonce) {
		t.Errorf("process %d is left: %s", pid, command)
	}
	for _, pattern := range []string{
		"/sys/fs/cgroup/*" + nonce + "*", "/sys/fs/cgroup/*/*" + nonce + "*",
		os.TempDir() + "/*" + nonce + "*",
	} {
		if left, _ := filepath.Glob(pattern); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// processes returns the command lines that carry a lab's nonce, by process id.
func processes(nonce string) map[int]string {
	found := map[int]string{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && bytes.Contains(text, []byte(nonce)) {
			found[pid] = string(bytes.ReplaceAll(text, []byte{0}, []byte{' '}))
		}
	}
	return found
}

func TestBenchInterrupted(t *testing.T) {
	cmd, results, output := lab(t, tiny, "--embedded")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "some slices", func() bool { return measuredIn(results) >= 5 })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != interrupted {
		t.Fatalf("ended with %v, want exit code %d\n%s", err, interrupted, output)
	}
	if !strings.Contains(output.String(), "authlab: interrupted;") || strings.Contains(output.String(), "goroutine ") {
		t.Errorf("it said:\n%s", output)
	}
	run := onlyRun(t, results)
	if text, err := os.ReadFile(filepath.Join(run, "report.md")); err != nil || !bytes.Contains(text, []byte("PARTIAL")) {
		t.Errorf("the report is not marked PARTIAL: %v", err)
	}
	nothingLeft(t, nonceOf(t, run))
}

func TestBenchKilledLeavesNoChildAndTheNextRemovesTheRest(t *testing.T) {
	cmd, results, output := lab(t, tiny, "--embedded")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "some slices", func() bool { return measuredIn(results) >= 5 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	killed := nonceOf(t, onlyRun(t, results))
	waitFor(t, "the children's end", func() bool {
		return len(processes(killed)) == 0
	})
	var text bytes.Buffer
	if code := authlab(context.Background(), []string{"report", onlyRun(t, results)}, &text, &text); code != 0 {
		t.Errorf("no report can be made of a killed run: exit code %d\n%s\n%s", code, &text, output)
	}

	next, results, output := lab(t, tiny, "--embedded")
	if err := next.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the next run", func() bool { return measuredIn(results) >= 1 })
	next.Process.Signal(syscall.SIGTERM)
	next.Wait()
	nothingLeft(t, killed)
	if t.Failed() {
		t.Logf("the next run said:\n%s", output)
	}
}

func TestSecondBenchIsRefused(t *testing.T) {
	first, results, _ := lab(t, tiny, "--embedded")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer first.Wait()
	defer first.Process.Signal(os.Interrupt)
	waitFor(t, "some slices", func() bool { return measuredIn(results) >= 1 })
	second, results, output := lab(t, tiny, "--embedded")
	var exit *exec.ExitError
	if err := second.Run(); !errors.As(err, &exit) || exit.ExitCode() != wentWrong {
		t.Errorf("a second bench ended with %v, want exit code %d", err, wentWrong)
	}
	if lines := strings.Count(strings.TrimSpace(output.String()), "\n"); lines > 0 ||
		!strings.Contains(output.String(), "another") {
		t.Errorf("it said:\n%s", output)
	}
	if runs, _ := filepath.Glob(results + "/runs/*"); len(runs) > 0 {
		t.Errorf("it left %v", runs)
	}
}

// TestNothingToMeasure asks for what no machine of these tests can do. The folder would hold no figures, so the command
// says why.
func TestNothingToMeasure(t *testing.T) {
	cmd, results, output := lab(t,
		"name: large\nschemes: [token-hs256]\nusers: 10\nscaling: {replicas: [64], budget: 0.5, slice: 100ms, rounds: 1, "+
			"connections: 2}\n", "--embedded")
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != wentWrong {
		t.Errorf("it ended with %v, want exit code %d", err, wentWrong)
	}
	says(t, output.String(), `authlab: nothing was measured; .*(64|budgets)`)
	if runs, _ := filepath.Glob(results + "/runs/*"); len(runs) > 0 {
		t.Errorf("it left %v", runs)
	}
}

func TestChildThatDiesIsNamed(t *testing.T) {
	cmd, results, output := lab(t, tiny, "--embedded")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "some slices", func() bool { return measuredIn(results) >= 2 })
	nonce := nonceOf(t, onlyRun(t, results))
	killed := 0
	for pid, command := range processes(nonce) {
		if strings.Contains(command, "tokend") && syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		t.Fatalf("no token server runs to be killed: %v", processes(nonce))
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != wentWrong {
		t.Errorf("ended with %v, want exit code %d", err, wentWrong)
	}
	if !strings.Contains(output.String(), "token-hs256") || !strings.Contains(output.String(), "ended by itself") {
		t.Errorf("the dead child is not named:\n%s", output)
	}
	if _, err := os.Stat(filepath.Join(onlyRun(t, results), "report.html")); err != nil {
		t.Errorf("no report of what was measured: %v", err)
	}
	nothingLeft(t, nonce)
}

func TestWhatIsAskedWrongly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(tiny, "users", "usres", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"unknown command", []string{"bnech"}, askedWrong, `there is no command "bnech"`},
		{"unknown flag", []string{"bench", "--paln", "quick"}, askedWrong, "unknown flag: --paln"},
		{"unknown plan", []string{"bench", "--plan", "slow"}, askedWrong, "the plans are quick, bench, "},
		{"typo in a plan", []string{"bench", "--plan", file}, askedWrong, `p.yaml:4: unknown field "usres"`},
		{"unknown platform", []string{"bench", "--platform", "mainframe"}, askedWrong, "--platform is processes or compose"},
		{
			"logins in containers",
			[]string{"bench", "--plan", "login", "--platform", "compose"},
			askedWrong,
			"run it with --platform processes",
		},
		{
			"results not writable",
			[]string{"bench", "--plan", "quick", "--results", "/proc/results"},
			wentWrong,
			"name a folder that you may write to with --results",
		},
		{"no run named", []string{"report"}, askedWrong, "name one run"},
		{"no such run", []string{"report", "/nowhere"}, wentWrong, "/nowhere"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if code := authlab(context.Background(), test.args, &out, &out); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if text := out.String(); !strings.Contains(text, test.want) || strings.Count(strings.TrimSpace(text), "\n") > 0 {
				t.Errorf("it said:\n%s\nwant one sentence with %q", text, test.want)
			}
		})
	}
}

// measuredIn counts what the only run in results has measured so far.
func measuredIn(results string) int {
	files, _ := filepath.Glob(results + "/runs/*/raw/slices.jsonl")
	if len(files) != 1 {
		return 0
	}
	text, _ := os.ReadFile(files[0])
	return bytes.Count(text, []byte("\n"))
}

func onlyRun(t *testing.T, results string) string {
	t.Helper()
	files, _ := filepath.Glob(results + "/runs/*/plan.yaml")
	if len(files) != 1 {
		t.Fatalf("want one run in %s, found %v", results, files)
	}
	return filepath.Dir(files[0])
}

func nonceOf(t *testing.T, run string) string {
	t.Helper()
	var e record.Environment
	text, err := os.ReadFile(filepath.Join(run, "env.json"))
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e.Nonce
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}
