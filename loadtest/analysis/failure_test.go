package analysis

import (
	"reflect"
	"testing"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func TestFailures(t *testing.T) {
	p, err := plan.Parse("p.yaml", []byte("name: mine\nschemes: [token-hs256]\nlatency: {replicas: 1, rates: [100], "+
		"slice: 1s, samples: 10}\n"))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := &measure.Run{Run: record.Run{Plan: p}}
	for i, verdicts := range []map[record.Verdict]uint64{
		{record.OK: 100},
		{record.OK: 90, "status-503": 10},
		{record.OK: 99, record.Unauthenticated: 1},
		{"status-503": 100},
		{record.OK: 100},
	} {
		r.Measurements = append(r.Measurements, measure.Measurement{
			Cell:    record.Cell{Kind: plan.LatencyCell, Scheme: "token-hs256", Rate: 100, Round: i, Replicas: 1},
			Start:   began.Add(time.Duration(i) * time.Second),
			Counted: 100, Verdicts: verdicts,
		})
	}
	got := Compare(r).Failures
	cell := message.Say("cell.at-rate", "kind", "latency", "scheme", "token-hs256", "rate", 100.0)
	want := []Failure{
		{cell, "status-503", 110, 500, 2, time.Second, 3 * time.Second},
		{cell, record.Unauthenticated, 1, 500, 1, 2 * time.Second, 2 * time.Second},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
