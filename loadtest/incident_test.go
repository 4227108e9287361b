package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"authlab/loadtest/experiment/incident"
	"authlab/scripts/longtest"
)

// TestCommandsThatMeasureHaveALanguage: they end with words for people, which are in one.
func TestCommandsThatMeasureHaveALanguage(t *testing.T) {
	for name, c := range map[string]*cobra.Command{
		"bench": benchCommand(), "incident": incidentCommand(), "exploit": exploitCommand(),
		"selftest": selftestCommand(),
	} {
		if c.Flags().Lookup("lang") == nil {
			t.Errorf("authlab %s has no --lang, and cannot say what it found", name)
		}
	}
}

// TestIncidents lets a second Redis take over, and silences connections to the first. It asks whether each fault was
// made and undone at least once. What becomes of the requests, a busy machine decides too.
func TestIncidents(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing here, where everything must be present: redis-server")
		}
		t.Skip("redis-server is not installed")
	}
	faults := []string{"old-master"}
	if longtest.Long {
		faults = append(faults, "store-half-open")
	}
	cmd, results, output := lab(t, fmt.Sprintf(`
name: faults
question: Are they made?
schemes: [session-redis]
incident: {faults: [%s], replicas: 2, users: 60, rate: 1200, before: 1s, fault: 1s, after: 1s, times: 3}
`, strings.Join(faults, ", ")))
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	made := map[string]bool{}
	for text := range bytes.Lines(read(t, onlyRun(t, results), "raw/incident.jsonl")) {
		var l incident.Line
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		if !l.Unable.IsZero() || l.Load.Mixed > 0 {
			t.Errorf("%s on %s: %s, %d answers of others", l.Incident, l.Scheme, l.Unable, l.Load.Mixed)
		}
		disproved := slices.DeleteFunc(slices.Clone(l.Proofs), func(e incident.Evidence) bool {
			return e.Held || strings.HasPrefix(e.Saw, "role:master") // a busy machine loses its clients too
		})
		if l.Touched && l.Failed == "" && len(disproved) == 0 && len(l.Proofs) > 0 && l.Load.Relay > 0 {
			made[l.Incident] = true
		} else if l.Touched {
			t.Logf("%s, time %d: failed %q, proofs %+v, relay %v late", l.Incident, l.Repetition, l.Failed, l.Proofs,
				l.Load.Relay)
		}
	}
	for _, name := range faults {
		if !made[name] {
			t.Errorf("%s was never made as it should be", name)
		}
	}
}
