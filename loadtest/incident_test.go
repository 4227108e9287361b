package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
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

// TestIncidents lets a second Redis take over, disturbs the network to the first, and has the tabs of a browser race
// each other. It asks whether each fault was made and undone, and not what became of the requests: a busy machine
// decides that too.
func TestIncidents(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("missing here, where everything must be present: redis-server")
		}
		t.Skip("redis-server is not installed")
	}
	faults := []string{"old-master"}
	if longtest.Long {
		faults = append(faults, "tabs-renew", "store-jitter", "store-half-open")
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
	seen := map[string]int{}
	for text := range bytes.Lines(read(t, onlyRun(t, results), "raw/incident.jsonl")) {
		var l incident.Line
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatal(err)
		}
		if l.Failed != "" || !l.Unable.IsZero() || l.Load.Mixed > 0 {
			t.Errorf("%s on %s: %s %s, %d answers of others", l.Incident, l.Scheme, l.Failed, l.Unable, l.Load.Mixed)
		}
		for _, e := range l.Proofs {
			if !e.Held {
				t.Errorf("%s on %s: %s is %q, want %q", l.Incident, l.Scheme, e.Of, e.Saw, e.Want)
			}
		}
		if !l.Touched {
			continue
		}
		seen[l.Incident]++
		switch l.Incident {
		case "tabs-renew":
			if l.Clients == nil {
				t.Errorf("%s: no client did anything", l.Incident)
			}
		default:
			if len(l.Proofs) == 0 || l.Load.Relay == 0 {
				t.Errorf("%s: %d proofs, and the relay was %v late", l.Incident, len(l.Proofs), l.Load.Relay)
			}
		}
	}
	for _, name := range faults {
		if seen[name] < 3 {
			t.Errorf("%s was made %d times, want at least 3", name, seen[name])
		}
	}
}
