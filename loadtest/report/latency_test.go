package report

import (
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// TestWaited: a median is called longer where its interval says so, and the rate is the highest that has intervals.
func TestWaited(t *testing.T) {
	at := func(name string, rate, low, center, high float64) analysis.Latency {
		e := stats.Estimate{Center: center, Low: low, High: high, N: 9}
		if low == high {
			e.N, e.Why = 3, message.Say("estimate.too-few", "samples", 3, "needed", 6)
		}
		return analysis.Latency{Name: name, Scheme: plan.Scheme{Name: name}, Rate: rate, Median: e}
	}
	p := &plan.Plan{Latency: &plan.Latency{Rates: []float64{100, 3000, 1000}}}
	a := &analysis.Analysis{Run: &measure.Run{Run: record.Run{Plan: p}}}
	for _, test := range []struct {
		what    string
		latency []analysis.Latency
		want    string
	}{
		{"nothing", nil, ""},
		{"the control alone", []analysis.Latency{at(plan.Control, 100, 0.9, 1, 1.1)}, ""},
		{
			"longer and not",
			[]analysis.Latency{
				at("session-redis", 1000, 1.2, 1.5, 1.7), at("token-hs256", 1000, 0.9, 1.1, 1.2),
				at("session-redis", 3000, 2, 2, 2),
			},
			"At 1000 requests/s the median request takes longer than without authentication (counted from when it was " +
				"sent, within one launch): 1.50 [1.20 1.70] × with session-redis; token-hs256 (1.10 [0.90 1.20]) cannot be " +
				"told from it.",
		},
		{
			"none longer",
			[]analysis.Latency{at("token-hs256", 1000, 0.9, 1.1, 1.2)},
			"At 1000 requests/s the median request of token-hs256 (1.10 [0.90 1.20]) cannot be told from that without " +
				"authentication (counted from when it was sent, within one launch).",
		},
		{
			"no intervals",
			[]analysis.Latency{at("session-redis", 100, 1.4, 1.4, 1.4), at("session-redis", 3000, 2, 2, 2)},
			"At 3000 requests/s the median request takes, compared with no authentication (counted from when it was sent, " +
				"within one launch), 2.00 × with session-redis, of too few rounds for an interval.",
		},
	} {
		a.Latency = test.latency
		if got := said(waited(a)); got != test.want {
			t.Errorf("%s: %s", test.what, got)
		}
	}
}
