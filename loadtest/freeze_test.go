package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/model"
)

// frozen is the plan of a run with a held-out size.
const frozen = `
name: frozen
question: Is it predicted before it is measured?
users: 100
schemes: [session-redis]
scaling: {replicas: [1, 2, 3], held_out: 3, budget: 0.05, slice: 100ms, rounds: 6, connections: 16}
`

// TestPredictionsAreFrozen runs the real chain with a held-out size: the prediction is written before that size is
// measured, and judged afterwards. A busy machine can spoil the slices of a size, which is then withheld with the
// reason; such a run is repeated, and is no excuse where all its slices count.
func TestPredictionsAreFrozen(t *testing.T) {
	var run string
	var judged map[string]model.Trial
	for attempt := 1; ; attempt++ {
		if run, judged = judgeFrozen(t); len(judged) == 2 {
			break
		}
		spoiled := spoiledSlices(t, run)
		if len(spoiled) == 0 {
			t.Fatalf("every slice counts, and the judgement is only of %v", judged)
		}
		if attempt == 5 {
			t.Fatalf("five runs were spoiled; the last one by %q", spoiled)
		}
		t.Logf("run %d was spoiled: %q", attempt, spoiled)
	}
	for _, scheme := range []string{"control-again", "session-redis"} { // as shares of the control
		trial := judged[scheme]
		if predicted, measured := trial.Predicted.Center, trial.Measured.Center; predicted <= 0.2 || predicted >= 2 ||
			measured <= 0.2 || measured >= 2 {
			t.Errorf("%s of 3 replicas was judged as %+v", scheme, trial)
		}
	}
	if n := judged["session-redis"].Crossover.Center; !(n > 1 && n < 100) {
		t.Errorf("the store of session-redis is the bottleneck from %v replicas on", n)
	}

	// A prediction that was adjusted afterwards does not count.
	text := strings.Replace(string(read(t, run, "predictions.json")), `"held_out_replicas": 3`,
		`"held_out_replicas": 2`, 1)
	if err := os.WriteFile(filepath.Join(run, "predictions.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := writeReport(run, message.English, new(strings.Builder)); err != nil {
		t.Fatal(err)
	}
	if page := string(read(t, run, "report.md")); !strings.Contains(page, "predictions.json is not what was frozen") ||
		!strings.Contains(page, "Nothing was predicted and measured in this run") {
		t.Errorf("adjusted predictions were used:\n%s", page)
	}
}

// judgeFrozen runs the plan and returns the run's folder, and what the run says of its predictions.
func judgeFrozen(t *testing.T) (run string, judged map[string]model.Trial) {
	t.Helper()
	cmd, results, output := lab(t, frozen)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	run = onlyRun(t, results)
	if strings.Contains(string(read(t, run, "events.jsonl")), "event.no-budgets") && os.Getenv("CI") != "true" {
		t.Skip("scaling needs CPU budgets, and there are none here")
	}
	var report struct{ Model model.Judgement }
	if err := json.Unmarshal(read(t, run, "report.json"), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Model.Trials) > 0 && report.Model.HeldOut != 3 {
		t.Fatalf("%d replicas were held out", report.Model.HeldOut)
	}
	judged = map[string]model.Trial{}
	for _, trial := range report.Model.Trials {
		judged[trial.Scheme] = trial
	}
	return run, judged
}

// spoiledSlices names the slices of a run that do not count, each with its reasons.
func spoiledSlices(t *testing.T, run string) (spoiled []string) {
	t.Helper()
	measured, err := measure.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range measured.Measurements {
		if !m.Valid() {
			spoiled = append(spoiled, fmt.Sprint(m.Scheme, m.Replicas, m.Doubts))
		}
	}
	return spoiled
}

func read(t *testing.T, run, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
