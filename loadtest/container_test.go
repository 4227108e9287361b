//go:build docker

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// fewer is a plan of what differs between platforms: each kind of process, with and without a budget.
const fewer = `
name: fewer
question: Does the complete chain work in containers?
users: 300
schemes: [session-redis, token-hs256]
demand: {slice: 50ms, rounds: 3, launches: 1, connections: 4}
scaling: {replicas: [1, 2], budget: 0.05, slice: 100ms, rounds: 3, connections: 8}
latency: {replicas: 2, rates: [200], slice: 500ms, samples: 100}
`

// inEngine lists what an engine has of a lab.
func inEngine(t *testing.T, nonce string) string {
	t.Helper()
	var found []string
	for _, kind := range []string{"container", "network"} {
		list := []string{kind, "ls", "--quiet", "--filter", "name=authlab-" + nonce}
		if kind == "container" {
			list = append(list, "--all")
		}
		out, err := exec.Command("docker", list...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		found = append(found, strings.Fields(string(out))...)
	}
	return strings.Join(found, " ")
}

// TestBenchInContainers runs the complete chain on the other platform: the rest of the lab does not know which platform
// it is.
func TestBenchInContainers(t *testing.T) {
	cmd, results, output := lab(t, fewer, "--platform", "compose")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	run := onlyRun(t, results)
	measured, err := measure.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	e := measured.Environment
	if e.Platform != "compose" || !strings.HasPrefix(e.Budgets, "limits of containers") {
		t.Errorf("the platform is %q, the budgets are %q", e.Platform, e.Budgets)
	}
	kinds := map[plan.Kind]int{}
	for _, m := range measured.Measurements {
		if m.Cost["replica"] > 0 {
			kinds[m.Kind]++
		}
	}
	for _, kind := range []plan.Kind{plan.DemandCell, plan.ScalingCell, plan.LatencyCell} {
		if kinds[kind] == 0 {
			t.Errorf("no slice of %s has the CPU time of its containers: %v", kind, kinds)
		}
	}
	report, err := os.ReadFile(run + "/report.md")
	if err != nil || !regexp.MustCompile(`\| platform +\| compose +\|`).Match(report) {
		t.Errorf("the report does not name the platform: %v", err)
	}
	reportAgainIsTheSame(t, run)
	nothingSecret(t, run)
	nothingLeft(t, e.Nonce)
	if left := inEngine(t, e.Nonce); left != "" {
		t.Errorf("left in the engine: %s", left)
	}
}

// TestContainersAreGoneAfterCtrlC interrupts a bench while its containers run.
func TestContainersAreGoneAfterCtrlC(t *testing.T) {
	cmd, results, output := lab(t, fewer, "--platform", "compose")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	nonce := ""
	waitFor(t, "a container", func() bool {
		if runs, _ := filepath.Glob(results + "/runs/*/env.json"); len(runs) == 1 && nonce == "" {
			nonce = nonceOf(t, filepath.Dir(runs[0]))
		}
		return nonce != "" && inEngine(t, nonce) != ""
	})
	cmd.Process.Signal(syscall.SIGINT)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d\n%s", code, output)
	}
	if left := inEngine(t, nonce); left != "" {
		t.Errorf("left in the engine: %s", left)
	}
	nothingLeft(t, nonce)
}
