package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// rough is the table that a run shows while it goes on: medians of the slices that count so far, without intervals. It
// lives in memory, because reading the files would take CPU from what is measured.
type rough struct {
	schemes []string
	sizes   []int
	slices  map[roughCell]map[int]float64 // by round
	began   time.Time                     // of the first slice
}

// roughCell is a figure of the table. The cost has no replicas.
type roughCell struct {
	scheme   string
	replicas int
}

// The rounds that the first figure needs, and the load after which a table that stays is printed.
const (
	roughRounds = 4
	roughAfter  = 20 * time.Second
)

func newRough(p *plan.Plan) *rough {
	t := &rough{slices: map[roughCell]map[int]float64{}}
	for _, s := range p.CostSchemes() {
		t.schemes = append(t.schemes, s.Name)
	}
	if p.Scaling != nil {
		t.sizes = p.Scaling.Replicas
	}
	return t
}

// add takes a slice that counts, if it is one of those that the table shows.
func (t *rough) add(row record.Slice) {
	m := measure.Measure(row)
	cell, figure := roughCell{m.Scheme, m.Replicas}, m.Throughput
	switch {
	case !m.Valid():
		return
	case m.Kind == plan.DemandCell && m.Tier == string(cluster.Replica):
		cell.replicas, figure = 0, m.Cost[m.Tier].Seconds()
	case m.Kind != plan.ScalingCell:
		return
	}
	if t.slices[cell] == nil {
		t.slices[cell] = map[int]float64{}
	}
	if t.began.IsZero() {
		t.began = time.Now()
	}
	t.slices[cell][m.Round] = figure
}

// ratio is the median over rounds of a cell's figure ÷ another's of the same round, and of how many.
func (t *rough) ratio(cell, base roughCell) (center float64, rounds int) {
	var ratios []float64
	for round, figure := range t.slices[cell] {
		if b := t.slices[base][round]; b > 0 {
			ratios = append(ratios, figure/b)
		}
	}
	return stats.Median(ratios), len(ratios)
}

// lines is the table: no lines while there is too little to show.
func (t *rough) lines() []string {
	largest := 0 // that every scheme could have been measured at
	for _, n := range t.sizes {
		if _, rounds := t.ratio(roughCell{plan.Twin, n}, roughCell{plan.Control, n}); rounds > 0 {
			largest = n
		}
	}
	_, rounds := t.ratio(roughCell{plan.Twin, 0}, roughCell{plan.Control, 0})
	if rounds < roughRounds && largest == 0 {
		return nil
	}
	head := fmt.Sprintf("  %-18s %14s", "so far, roughly", "CPU ÷ control")
	if largest > 0 {
		head += fmt.Sprintf("   throughput ÷ control, %s", message.Count(largest, "replica"))
	}
	lines := []string{head}
	for _, name := range t.schemes {
		cost, costs := t.ratio(roughCell{name, 0}, roughCell{plan.Control, 0})
		share, shares := t.ratio(roughCell{name, largest}, roughCell{plan.Control, largest})
		if name == plan.Control || costs == 0 && (shares == 0 || largest == 0) {
			continue
		}
		line := fmt.Sprintf("  %-18s %14s", name, known(cost, costs))
		if largest > 0 {
			line += fmt.Sprintf("   %32s", known(share, shares))
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return slices.Clip(lines)
}

// due reports whether there has been enough load for a table that is printed once.
func (t *rough) due() bool { return !t.began.IsZero() && time.Since(t.began) >= roughAfter }

func known(ratio float64, samples int) string {
	if samples == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", ratio)
}
