package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
)

// sliceColumn is one of measurements.csv.
type sliceColumn struct {
	name string
	of   func(*measure.Measurement) string
}

// columns are those of measurements.csv. A cell is empty where a slice has no such figure.
func columns() []sliceColumn {
	all := []sliceColumn{
		{"kind", func(m *measure.Measurement) string { return string(m.Kind) }},
		{"scheme", func(m *measure.Measurement) string { return m.Scheme }},
		{"tier", func(m *measure.Measurement) string { return m.Tier }},
		{"replicas", func(m *measure.Measurement) string { return strconv.Itoa(m.Replicas) }},
		{"rate_per_s", openRate},
		{"launch", func(m *measure.Measurement) string { return strconv.Itoa(m.Restart) }},
		{"round", func(m *measure.Measurement) string { return strconv.Itoa(m.Round) }},
		{"place", func(m *measure.Measurement) string { return strconv.Itoa(m.Place) }},
		{"answers_per_s", func(m *measure.Measurement) string { return decimal(m.Throughput) }},
		{"requests", func(m *measure.Measurement) string { return strconv.FormatUint(m.Counted, 10) }},
		{"share_401", func(m *measure.Measurement) string { return decimal(m.Lost) }},
	}
	for _, tier := range []string{"replica", "store", "balancer", "generator"} {
		all = append(all,
			sliceColumn{tier + "_us_per_request", func(m *measure.Measurement) string {
				if _, known := m.Busy[tier]; !known {
					return ""
				}
				return decimal(float64(m.Cost[tier].Nanoseconds()) / 1000)
			}},
			sliceColumn{tier + "_busy_share", func(m *measure.Measurement) string {
				busy, known := m.Busy[tier]
				if !known {
					return ""
				}
				return decimal(busy)
			}})
	}
	return append(all,
		sliceColumn{"switches_per_request", func(m *measure.Measurement) string { return decimal(m.Switches) }},
		sliceColumn{"bytes_in_per_request", func(m *measure.Measurement) string { return decimal(m.BytesIn) }},
		sliceColumn{"bytes_out_per_request", func(m *measure.Measurement) string { return decimal(m.BytesOut) }},
		sliceColumn{"p50_us", func(m *measure.Measurement) string { return quantile(m, 50) }},
		sliceColumn{"p99_us", func(m *measure.Measurement) string { return quantile(m, 99) }},
		sliceColumn{"valid", func(m *measure.Measurement) string { return strconv.FormatBool(m.Valid()) }},
		sliceColumn{"doubts", doubts})
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }

// openRate is empty in a closed loop, which sends as fast as it is answered.
func openRate(m *measure.Measurement) string {
	if m.Rate == 0 {
		return ""
	}
	return decimal(m.Rate)
}

func quantile(m *measure.Measurement, q float64) string {
	if m.Latency == nil {
		return ""
	}
	return decimal(float64(m.Latency.ValueAtQuantile(q)) / 1000)
}

func doubts(m *measure.Measurement) string {
	var all []string
	for _, d := range m.Doubts {
		all = append(all, string(d.Reason)+": "+d.Said.String())
	}
	return strings.Join(all, "; ")
}

// measurements is measurements.csv: a line for each slice.
func measurements(a *analysis.Analysis) ([]byte, error) {
	all := columns()
	var head []string
	for _, c := range all {
		head = append(head, c.name)
	}
	return table(head, len(a.Measurements), func(i int) (line []string) {
		for _, c := range all {
			line = append(line, c.of(&a.Measurements[i]))
		}
		return line
	})
}

// table is a table for spreadsheets: RFC 4180, with one line of names above the others.
func table(head []string, lines int, line func(i int) []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	err := w.Write(head)
	for i := 0; i < lines && err == nil; i++ {
		cells := line(i)
		for j := range cells {
			cells[j] = harmless(cells[j])
		}
		err = w.Write(cells)
	}
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write a table: %w", err)
	}
	return b.Bytes(), nil
}

// harmless is a cell that a spreadsheet shows and does not compute. Servers choose some texts, such as their own names,
// and a cell that begins like a formula is one. A number may begin with a sign.
func harmless(cell string) string {
	cell = message.Visible(cell)
	if cell == "" || !strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}
