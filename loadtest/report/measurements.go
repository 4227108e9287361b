package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
)

// measurements is measurements.csv: a line for each slice.
func measurements(a *analysis.Analysis) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	tiers := []string{"replica", "store", "balancer", "generator"}
	head := []string{
		"kind", "arm", "tier", "replicas", "rate", "restart", "round", "place", "answers_per_s", "counted",
		"share_401",
	}
	for _, tier := range tiers {
		head = append(head, tier+"_us_per_request", tier+"_busy")
	}
	head = append(head, "switches_per_request", "bytes_in", "bytes_out", "p50_us", "p99_us", "valid", "doubts")
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, m := range a.Measurements {
		if err := w.Write(line(m, tiers)); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func line(m measure.Measurement, tiers []string) []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	cells := []string{
		string(m.Kind), m.Arm, m.Tier, fmt.Sprint(m.Replicas), number(m.Rate), fmt.Sprint(m.Restart), fmt.Sprint(m.Round),
		fmt.Sprint(m.Place),
		number(m.Throughput), fmt.Sprint(m.Counted), number(m.Lost),
	}
	for _, tier := range tiers {
		busy, ok := m.Busy[tier]
		if !ok {
			cells = append(cells, "", "")
			continue
		}
		cells = append(cells, number(float64(m.Cost[tier].Nanoseconds())/1000), number(busy))
	}
	p50, p99 := "", ""
	if m.Latency != nil {
		p50, p99 = number(float64(m.Latency.ValueAtQuantile(50))/1000), number(float64(m.Latency.ValueAtQuantile(99))/1000)
	}
	var doubts []string
	for _, d := range m.Doubts {
		doubts = append(doubts, string(d.Reason)+": "+d.Said.String())
	}
	return append(cells, number(m.Switches), number(m.BytesIn), number(m.BytesOut), p50, p99,
		strconv.FormatBool(m.Valid()), strings.Join(doubts, "; "))
}
