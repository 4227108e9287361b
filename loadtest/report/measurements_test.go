package report

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// TestWhatIsRefusedIsNotValidAnywhere: a cost at a fixed rate is none in measurements.csv either.
func TestWhatIsRefusedIsNotValidAnywhere(t *testing.T) {
	l := measuretest.Lab{Plan: `
name: rate
schemes: [session-redis]
demand: {slice: 50ms, rounds: 6, launches: 1, connections: 16}
`, Change: func(r *record.Slice) {
		if r.Scheme == "session-redis" && r.Kind == plan.DemandCell {
			r.Rate = 500
		}
	}}
	text, err := measurements(analysis.Compare(l.Run()))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(lines[0], name) }
	name, valid, doubts := column("scheme"), column("valid"), column("doubts")
	seen := map[string]int{}
	for _, line := range lines[1:] {
		seen[line[name]]++
		if refused := line[name] == "session-redis"; line[valid] != map[bool]string{true: "false", false: "true"}[refused] ||
			refused != strings.Contains(line[doubts], "figure of the rate, not a cost") {
			t.Errorf("%s is valid %s: %q", line[name], line[valid], line[doubts])
		}
	}
	if seen["session-redis"] != 6 || seen["control"] != 6 {
		t.Errorf("the table has %v slices", seen)
	}
}
