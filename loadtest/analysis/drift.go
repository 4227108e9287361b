package analysis

import (
	"math"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Span is what an absolute figure was in the third of the rounds in which it was lowest, and in that in which it was
// highest: all that is known of it when the machine changed meanwhile.
type Span struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

const (
	// drift is the share by which the control may change from the first third of the rounds to the last.
	drift = 0.10
	// minThird is the fewest samples in which a third can be told from another at all.
	minThird = 3
)

// thirds splits a series, in the order in which it was measured, into its first, middle and last third. Thirds of a
// short series may be empty.
func thirds(series []float64) [3][]float64 {
	n := len(series)
	return [3][]float64{series[:n/3], series[n/3 : n-n/3], series[n-n/3:]}
}

func span(series []float64) Span {
	centers := medians(func() [][]float64 { t := thirds(series); return t[:] }())
	if len(centers) == 0 {
		return Span{}
	}
	return Span{slices.Min(centers), slices.Max(centers)}
}

// drifted says by how much a series changed from its first third to its last, if that is more than drift and more than
// its scatter explains; else it is empty.
func drifted(what message.Message, series []float64) message.Sentence {
	t := thirds(series)
	first, last := t[0], t[2]
	if len(first) < minThird || stats.Median(first) <= 0 {
		return message.Sentence{}
	}
	change := stats.Median(last)/stats.Median(first) - 1
	if math.Abs(change) <= drift || !apart(first, last) {
		return message.Sentence{}
	}
	if change < 0 {
		return message.Say("drift.fell", "what", what, "share", -change)
	}
	return message.Say("drift.rose", "what", what, "share", change)
}

// apart reports whether the medians of two samples differ beyond their intervals; with too few for intervals, whether
// the samples do not overlap at all.
func apart(x, y []float64) bool {
	a, b := stats.Of(x), stats.Of(y)
	if a.Why != "" || b.Why != "" {
		a.Low, a.High, b.Low, b.High = slices.Min(x), slices.Max(x), slices.Min(y), slices.Max(y)
	}
	return a.High < b.Low || b.High < a.Low
}

// controlSeries is how far the control and its twin were from their own medians, a figure for each round: all sizes
// together, since what drifts is the machine.
func controlSeries(cells []*measure.Measurement, of func(*measure.Measurement) float64) []float64 {
	type key struct {
		arm      string
		replicas int
	}
	values, rounds := map[key][]float64{}, map[int][]float64{}
	controls := slices.DeleteFunc(slices.Clone(cells), func(m *measure.Measurement) bool {
		return m.Arm != plan.Control && m.Arm != plan.Twin
	})
	for _, m := range controls {
		k := key{m.Arm, m.Replicas}
		values[k] = append(values[k], of(m))
	}
	var order []int
	for _, m := range controls {
		usual := stats.Median(values[key{m.Arm, m.Replicas}])
		if usual <= 0 {
			continue
		}
		if len(rounds[m.Round]) == 0 {
			order = append(order, m.Round)
		}
		rounds[m.Round] = append(rounds[m.Round], of(m)/usual)
	}
	slices.Sort(order)
	var series []float64
	for _, round := range order {
		series = append(series, stats.Median(rounds[round]))
	}
	return series
}
