package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"authlab/loadtest/experiment/incident"
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

// TestIncidents lets a second Redis take over. It asks whether that fault was made and undone at least once. What
// becomes of the requests, a busy machine decides too.
func TestIncidents(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing here, where everything must be present: redis-server")
		}
		t.Skip("redis-server is not installed")
	}
	cmd, results, output := lab(t, `
name: faults
question: Are they made?
schemes: [session-redis]
incident: {faults: [old-master], replicas: 2, users: 60, rate: 1200, before: 1s, fault: 1s, after: 1s, times: 3}
`)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	made := false
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
			made = true
		} else if l.Touched {
			t.Logf("%s, time %d: failed %q, proofs %+v, relay %v late", l.Incident, l.Repetition, l.Failed, l.Proofs,
				l.Load.Relay)
		}
	}
	if !made {
		t.Error("the failover was never made as it should be")
	}
}
