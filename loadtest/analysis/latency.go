package analysis

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// Latency is how fast a row answered at a fixed rate well below capacity.
type Latency struct {
	Scheme    plan.Scheme
	Rate      float64 // requests/s asked for
	Samples   int64
	Sent      Quantiles // from when a request was sent
	Due       Quantiles // from when it was due
	LagP99    time.Duration
	Withheld  string  // why Due is not to be believed; empty when it is
	Errors    float64 // share of requests that were not answered correctly
	Generator float64 // share of a core that the generator took
}

// Quantiles of a latency. A quantile without enough samples is 0.
type Quantiles struct{ P50, P90, P99, P999 time.Duration }

// Samples that a quantile needs: a hundred beyond it.
const (
	samplesP99  = 10_000
	samplesP999 = 100_000
)

// lagShare is how late the generator may be, as a share of the median latency, for figures from the due time to be the
// server's and not the generator's.
const lagShare = 0.10

func (a *Analysis) latency() {
	for _, scheme := range a.Run.Plan.Arms() {
		for _, rate := range a.Run.Plan.Latency.Rates {
			cells := a.valid(func(m *measure.Measurement) bool {
				return m.Kind == plan.LatencyCell && m.Arm == scheme.Name && m.Rate == rate
			})
			if len(cells) > 0 {
				a.Latency = append(a.Latency, latencyOf(scheme, rate, cells))
			}
		}
	}
}

func latencyOf(scheme plan.Scheme, rate float64, cells []*measure.Measurement) Latency {
	sent, due, lag := merged(cells, func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Latency }),
		merged(cells, func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Corrected }),
		merged(cells, func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Lag })
	l := Latency{
		Scheme: scheme, Rate: rate, Samples: sent.TotalCount(), Sent: quantiles(sent), Due: quantiles(due),
		LagP99: time.Duration(lag.ValueAtQuantile(99)),
	}
	var busy []float64
	var all uint64
	for _, m := range cells {
		busy = append(busy, m.Busy["generator"])
		all += m.Counted
	}
	l.Generator = median(busy)
	if all > 0 {
		l.Errors = 1 - float64(l.Samples)/float64(all)
	}
	if float64(l.LagP99) > lagShare*float64(l.Sent.P50) {
		l.Withheld = "the generator itself was late by " + l.LagP99.Round(time.Microsecond).String() + " (p99)"
	}
	return l
}

func merged(cells []*measure.Measurement, of func(*measure.Measurement) *hdrhistogram.Histogram) *hdrhistogram.Histogram {
	sum := hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
	for _, m := range cells {
		if h := of(m); h != nil {
			sum.Merge(h)
		}
	}
	return sum
}

func quantiles(h *hdrhistogram.Histogram) Quantiles {
	q := Quantiles{P50: time.Duration(h.ValueAtQuantile(50)), P90: time.Duration(h.ValueAtQuantile(90))}
	if h.TotalCount() >= samplesP99 {
		q.P99 = time.Duration(h.ValueAtQuantile(99))
	}
	if h.TotalCount() >= samplesP999 {
		q.P999 = time.Duration(h.ValueAtQuantile(99.9))
	}
	return q
}
