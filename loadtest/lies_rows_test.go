package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/report"
)

// The lies of this file are planted in the slices of a synthetic lab, whose truth is known.

// shown is the report of a synthetic lab's run.
func shown(t *testing.T, l measuretest.Lab) string {
	t.Helper()
	dir := t.TempDir()
	if err := report.Write(dir, analysis.Compare(l.Run()), message.English); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const saturating = `
name: costs
question: Is the lie noticed?
schemes: [session-redis]
demand: {slice: 200ms, rounds: 12, launches: 6, connections: 16}
tiers: {slice: 200ms, rounds: 6, connections: 16}
`

// TestLie14TheTierIdles: a tier that waits for load does less work in the same time, at more CPU for each request. That
// CPU would be printed as a cost.
func TestLie14TheTierIdles(t *testing.T) {
	text := shown(t, measuretest.Lab{Plan: saturating, Change: func(r *record.Slice) {
		if use := r.Use["replica-0"]; r.Scheme == "session-redis" && r.Tier == "replica" {
			use.CPU = use.CPU / 2
			r.Use["replica-0"] = use
		}
		if use := r.Use["store"]; r.Tier == "store" {
			use.CPU = use.CPU * 9 / 10
			r.Use["store"] = use
		}
	}})
	says(t, text,
		refused("demand of session-redis, replica", "IDLE-TIER", `the replica was busy 49\.0 % of the time`),
		refused("demand of session-redis, store", "IDLE-TIER", `the store was busy 90\.0 % of the time`))
	silent(t, text, figure("session-redis"), `\| store +\| session-redis +\|`)
}

// TestLie15CostAtAFixedRate: under a budget and at a rate below capacity, the CPU for a request repeats to the percent,
// and makes all schemes look equal. A small process uses up its budget at half of its capacity, so its busy share does
// not reveal whether it is saturated.
func TestLie15CostAtAFixedRate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*record.Slice)
		says   string
	}{
		"at a fixed rate": {
			func(r *record.Slice) { r.Rate = 500 },
			`the load had a fixed rate \(500/s\), so the CPU time of a request is a figure of the rate, not a cost`,
		},
		"under a budget": {
			func(r *record.Slice) { r.Budgets = map[string]float64{fmt.Sprint("replica-", r.First): 0.05} },
			`the replica had a budget \(0\.05 core\), which makes each request cost more, so the CPU time of a request is ` +
				`not a cost`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			busy := 0
			text := shown(t, measuretest.Lab{Plan: saturating, Change: func(r *record.Slice) {
				if r.Scheme != "session-redis" || r.Tier != "replica" {
					return
				}
				test.change(r)
				slow(r, 20)
				r.Use[fmt.Sprint("replica-", r.First)] = record.Use{CPU: r.Elapsed / 20} // this is all of its budget
				if m := measure.Measure(*r); m.Busy["replica"] > 0.95 {
					busy++
				}
			}})
			if name == "under a budget" && busy == 0 {
				t.Error("the lie is too easy: the replica idles")
			}
			says(t, text, refused("demand of session-redis, replica", "TREATMENT-MISSING", test.says))
			silent(t, text, figure("session-redis"))
		})
	}
	// A plan cannot ask for it either.
	for _, key := range []string{"rate: 500", "budget: 0.05"} {
		text := bytes.Replace([]byte(saturating), []byte("connections: 16"), []byte(key), 1)
		if _, err := plan.Parse("lie.yaml", text); err == nil || !strings.Contains(err.Error(), "unknown field") {
			t.Errorf("a plan may ask for the cost with %s: %v", key, err)
		}
	}
	// And the CPU for a request under budgets is not called a cost.
	text := shown(t, measuretest.Lab{Plan: drifting})
	says(t, text, `CPU under a budget is not the cost of a scheme: a budget makes a request cost more, the more so the `+
		`less it is used\.`)
}
