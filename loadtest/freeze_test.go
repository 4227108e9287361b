package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/message"
	"authlab/loadtest/model"
)

// TestPredictionsAreFrozen runs the real chain with a held-out size: the prediction is written before that size is
// measured, and judged afterwards.
func TestPredictionsAreFrozen(t *testing.T) {
	cmd, results, output := lab(t, `
name: frozen
question: Is it predicted before it is measured?
users: 100
schemes: [session-redis]
scaling: {replicas: [1, 2, 3], held_out: 3, budget: 0.05, slice: 100ms, rounds: 6, connections: 16}
`)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	run := onlyRun(t, results)
	events, _ := os.ReadFile(filepath.Join(run, "events.jsonl"))
	if strings.Contains(string(events), "event.no-budgets") && os.Getenv("CI") != "true" {
		t.Skip("scaling needs CPU budgets, and there are none here")
	}
	var report struct{ Model model.Judgement }
	if err := json.Unmarshal(read(t, run, "report.json"), &report); err != nil {
		t.Fatal(err)
	}
	judged := map[string]model.Trial{}
	for _, trial := range report.Model.Trials {
		judged[trial.Scheme] = trial
	}
	for _, scheme := range []string{"control-again", "session-redis"} { // as shares of the control
		trial := judged[scheme]
		if predicted, measured := trial.Predicted.Center, trial.Measured.Center; report.Model.HeldOut != 3 ||
			predicted <= 0.2 || predicted >= 2 || measured <= 0.2 || measured >= 2 {
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

func read(t *testing.T, run, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
