package analysis

import (
	"math"
	"slices"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Span is the median of an absolute figure in the third of the rounds where it was lowest, and in the third where it
// was highest. Nothing more is known of the figure when the machine changed meanwhile.
type Span struct {
	Low  float64 `json:"low"`  // the median of the lowest third of the rounds
	High float64 `json:"high"` // the median of the highest third
}

const (
	// drift is the share by which the control may change from the first third of the rounds to the last.
	drift = 0.10
	// minThird is the fewest samples with which one third can be told from another.
	minThird = 3
)

// thirds splits a series, in the order of measurement, into its first, middle and last third. Thirds of a short series
// may be empty.
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

// drifted says by how much a series changed from its first third to its last. It is empty unless that is more than
// drift and more than the scatter explains.
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

// apart reports whether the medians of two samples differ beyond their intervals. With too few samples for intervals,
// it reports whether the samples do not overlap.
func apart(x, y []float64) bool {
	a, b := stats.Of(x), stats.Of(y)
	if !a.Why.IsZero() || !b.Why.IsZero() {
		a.Low, a.High, b.Low, b.High = slices.Min(x), slices.Max(x), slices.Min(y), slices.Max(y)
	}
	return a.High < b.Low || b.High < a.Low
}

// controlSeries is how far the control and its twin were from their own medians, one figure for each round. All sizes
// count together, because the machine is what drifts.
func controlSeries(cells []*measure.Measurement, of func(*measure.Measurement) float64) []float64 {
	type key struct {
		scheme   string
		replicas int
	}
	values, rounds := map[key][]float64{}, map[int][]float64{}
	controls := slices.DeleteFunc(slices.Clone(cells), func(m *measure.Measurement) bool {
		return m.Scheme != plan.Control && m.Scheme != plan.Twin
	})
	for _, m := range controls {
		k := key{m.Scheme, m.Replicas}
		values[k] = append(values[k], of(m))
	}
	var order []int
	for _, m := range controls {
		usual := stats.Median(values[key{m.Scheme, m.Replicas}])
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
