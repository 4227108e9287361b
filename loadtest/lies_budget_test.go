package main

import (
	"os"
	"strings"
	"testing"
)

// TestLie12ABudgetDoesNotHold: a replica that runs outside its control group is not a small machine, and would look
// like the scheme's speedup.
func TestLie12ABudgetDoesNotHold(t *testing.T) {
	report := told(t, "escape", `
name: escape
question: Is the lie noticed?
users: 50
schemes: [session-memory]
scaling: {replicas: [1], budget: 0.05, slice: 200ms, rounds: 1, connections: 8}
`)
	if strings.Contains(report, "needs CPU budgets, and there are none here") && os.Getenv("CI") != "true" {
		t.Skip("scaling needs CPU budgets, and there are none here")
	}
	says(t, report,
		refused("scaling of session-memory × 1", "TREATMENT-MISSING",
			`replica-0 was outside the control group that holds its budget`))
	silent(t, report, figure("session-memory"))
}
