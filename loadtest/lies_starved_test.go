package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestLie2 starves the generator with a CPU limit around the lab, such as a container has. The generator would measure
// its own limit and attribute it to the servers.
func TestLie2(t *testing.T) {
	group := limited(t)
	cmd, results, output := lab(t, `
name: starved
question: Is the lie noticed?
users: 50
schemes: [token-hs256]
demand: {slice: 200ms, rounds: 6, launches: 1, connections: 4}
`)
	cmd.Args = append([]string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, group, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	report, err := os.ReadFile(filepath.Join(onlyRun(t, results), "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := `demand of token-hs256, replica.*[3-6] of 6.*THROTTLED-GENERATOR.*a CPU limit kept the generator from ` +
		`running \d+ % of the time: start the lab where it has none`
	if !regexp.MustCompile(want).Match(report) { // on a busy machine some slices also have other doubts
		t.Errorf("the report does not say %s:\n%s", want, report)
	}
	if cost := regexp.MustCompile(`\| token-hs256 +\| +\d`); cost.Match(report) {
		t.Errorf("a cost is shown:\n%s", report)
	}
}

// limited makes a control group with a fifth of a core. It returns the file to which a process writes its id to join
// the group.
func limited(t *testing.T) string {
	t.Helper()
	dir, file, settings := "/sys/fs/cgroup", "cgroup.procs", map[string]string{"cpu.max": "20000 100000"}
	if _, err := os.Stat("/sys/fs/cgroup/cpu"); err == nil { // version 1
		dir, settings = "/sys/fs/cgroup/cpu", map[string]string{"cpu.cfs_quota_us": "20000"}
	}
	dir = filepath.Join(dir, fmt.Sprintf("authlab-starved-%d", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("a CPU limit needs a control group: %v", err)
	}
	t.Cleanup(func() { os.Remove(dir) })
	for name, value := range settings {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, file)
}
