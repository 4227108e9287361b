package incident_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/experiment/incident"
	"authlab/loadtest/message"
)

// TestRehearse: the rate is lowered until the load is in time with room for what faults cost, each phase still has the
// answers that a verdict needs, and the section says so. Where no rate is in time, the incidents are void.
func TestRehearse(t *testing.T) {
	for _, c := range []struct {
		inTime, rate float64
		verdict      incident.Verdict
	}{
		{0, 300, incident.Held},
		{420, 300, incident.Held}, // exactly 1.4 times the plan's rate
		{419, 225, incident.Held},
		{200, 126, incident.Held},
		{10, 52, incident.Unknown}, // the lowest
	} {
		synctest.Test(t, func(t *testing.T) {
			b := experimenttest.New(t, incident.Kind, text, "")
			b.InTime = c.inTime
			if err := incident.Kind.Measure(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			for _, l := range b.Kept {
				if rate := l.(incident.Line).Rate; rate != c.rate {
					t.Fatalf("up to %g requests/s are in time, and %g were sent, want %g", c.inTime, rate, c.rate)
				}
			}
			r := recorded(b)
			for _, cell := range found(r) {
				if cell.Verdict != c.verdict {
					t.Errorf("at %g requests/s %s of %s is %s: %v", c.rate, cell.Incident, cell.Name, cell.Verdict, cell.Why)
				}
			}
			said := ""
			for _, text := range incident.Kind.Analyse(r).Section().Text {
				said += text.In(message.English)
			}
			if lowered := strings.Contains(said, "asks for 300 requests/s"); lowered != (c.rate < 300) {
				t.Errorf("at %g requests/s the section says %q", c.rate, said)
			}
		})
	}
}
