package analysis

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Latency is how fast a scheme answered at a fixed rate well below capacity.
type Latency struct {
	Name    string      `json:"scheme"` // the scheme's name
	Scheme  plan.Scheme `json:"-"`
	Rate    float64     `json:"rate"`      // requests/s asked for
	Samples int64       `json:"samples"`   // correct answers
	Sent    Quantiles   `json:"from_sent"` // from when a request was sent
	Due     Quantiles   `json:"from_due"`  // from when it was due; quantiles below Least are 0
	// Median and Tail are the p50 and p99 of slices, from when sent, ÷ those of the control in the same round at the same
	// rate.
	Median stats.Estimate `json:"p50_ratio_to_control"`
	Tail   stats.Estimate `json:"p99_ratio_to_control"`
	Load   AtRate         `json:"load"`
	LagP99 time.Duration  `json:"lag_p99_ns"` // how late requests were sent through the generator's own fault
	// Doubt says why no ratio at this rate is called: a scheme was faster than the control, although it does more.
	Doubt message.Sentence `json:"doubt,omitzero"`
	// Withheld says why quantiles of Due below Least cannot be trusted; empty when all can.
	Withheld message.Sentence `json:"withheld,omitzero"`
	// Hidden says which quantile from when requests were sent hides what waiting users saw; empty when both agree.
	Hidden message.Sentence `json:"hidden,omitzero"`
	Least  time.Duration    `json:"least_ns,omitempty"`
	// Replicas is the share of the time between sending and being answered, median; 0 where not read.
	Replicas  float64 `json:"share_in_replicas"`
	Errors    float64 `json:"share_failed"`    // share of requests that were not answered correctly
	Generator float64 `json:"generator_cores"` // cores that the generator took, waiting included
}

// Quantiles of a latency. A quantile without enough samples is 0.
type Quantiles struct {
	P50  time.Duration `json:"p50_ns"`            // the median
	P90  time.Duration `json:"p90_ns"`            // 90 % took at most this
	P99  time.Duration `json:"p99_ns,omitempty"`  // 0: too few samples, or withheld
	P999 time.Duration `json:"p999_ns,omitempty"` // 0: too few samples, or withheld
}

// Samples that a quantile needs, so that a hundred lie beyond it.
const (
	SamplesP99  = 10_000
	SamplesP999 = 100_000
)

func (a *Analysis) latency() {
	visited := func(scheme string, rate float64) []*measure.Measurement {
		return a.valid(func(m *measure.Measurement) bool {
			return m.Kind == plan.LatencyCell && m.Scheme == scheme && m.Rate == rate
		})
	}
	for _, scheme := range a.Run.Plan.LatencySchemes() {
		for _, rate := range a.Run.Plan.Latency.Rates {
			cells := visited(scheme.Name, rate)
			if len(cells) == 0 {
				continue
			}
			l := latencyOf(scheme, rate, cells)
			control := visited(plan.Control, rate)
			l.Median, l.Tail = paired(cells, control, quantile(50)), paired(cells, control, quantile(99))
			l.Load = atRate(cells, control, a.launches())
			l.Load.Drift = drifted(message.New("drift.control-cost"),
				controlSeries(append(slices.Clone(control), visited(plan.Twin, rate)...), replicaMicros))
			a.Latency = append(a.Latency, l)
		}
	}
	a.resolveAtRates()
}

// quantile reads one of a slice's latencies from when requests were sent, in ns.
func quantile(q float64) func(*measure.Measurement) float64 {
	return func(m *measure.Measurement) float64 { return float64(m.Latency.ValueAtQuantile(q)) }
}

func latencyOf(scheme plan.Scheme, rate float64, cells []*measure.Measurement) Latency {
	sent, due, lag := merged(cells, func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Latency }),
		merged(cells, func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Corrected }),
		merged(cells, func(m *measure.Measurement) *hdrhistogram.Histogram { return m.Lag })
	l := Latency{
		Name: scheme.Name, Scheme: scheme, Rate: rate, Samples: sent.TotalCount(), Sent: quantiles(sent), Due: quantiles(due),
		LagP99: time.Duration(lag.ValueAtQuantile(99)),
	}
	var busy, inside []float64
	var all uint64
	for _, m := range cells {
		busy = append(busy, m.Busy["generator"])
		if m.InReplicas > 0 {
			inside = append(inside, m.InReplicas)
		}
		all += m.Counted
	}
	l.Generator, l.Replicas = stats.Median(busy), stats.Median(inside)
	if all > 0 {
		l.Errors = 1 - float64(l.Samples)/float64(all)
	}
	l.withhold()
	l.hide()
	return l
}

// hiding is by what factor a quantile from due must exceed the quantile from sent to be worth a sentence.
const hiding = 2

// hide compares the time from when a request was due with the time from when it was sent, at the quantile where they
// differ most. A frozen server also delays the requests behind the frozen ones. The time from sent does not show those
// delays, and would report the pauses of a server as speed.
func (l *Latency) hide() {
	most := float64(hiding)
	for _, q := range []struct {
		name      string
		due, sent time.Duration
	}{
		{"p99.9", l.Due.P999, l.Sent.P999},
		{"p99", l.Due.P99, l.Sent.P99},
		{"p90", l.Due.P90, l.Sent.P90},
		{"p50", l.Due.P50, l.Sent.P50},
	} {
		if times := float64(q.due) / float64(q.sent); q.sent > 0 && times >= most {
			most = times
			l.Hidden = message.Say("latency.hidden", "quantile", q.name, "times", times)
		}
	}
}

// withhold removes from Due what the generator's own lateness may have caused. A quantile ten times as large as the lag
// is due to the server, however late the median was.
func (l *Latency) withhold() {
	if float64(l.LagP99) <= record.LagShare*float64(l.Sent.P50) {
		return
	}
	l.Least = time.Duration(float64(l.LagP99) / record.LagShare)
	l.Withheld = message.Say("latency.late", "lag", l.LagP99.Round(time.Microsecond))
	for _, q := range []*time.Duration{&l.Due.P50, &l.Due.P90, &l.Due.P99, &l.Due.P999} {
		if *q < l.Least {
			*q = 0
		}
	}
}

func merged(
	cells []*measure.Measurement, of func(*measure.Measurement) *hdrhistogram.Histogram,
) *hdrhistogram.Histogram {
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
	if h.TotalCount() >= SamplesP99 {
		q.P99 = time.Duration(h.ValueAtQuantile(99))
	}
	if h.TotalCount() >= SamplesP999 {
		q.P999 = time.Duration(h.ValueAtQuantile(99.9))
	}
	return q
}
