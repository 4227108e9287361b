package show

import (
	"maps"
	"math"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// raced is a race as a page draws it.
type raced struct {
	Laps []lesson.Lap `json:"laps,omitempty"`
	Most []most       `json:"most,omitempty"` // what the model expects
	// Crossover is the number of replicas at which the model expects the store to become the bottleneck; 0 for never.
	Crossover float64 `json:"crossover,omitempty"`
	Top       float64 `json:"top"` // the largest throughput of both columns
}

// most is the throughput that that many replicas cannot exceed.
type most struct {
	Replicas  float64 `json:"replicas"`
	PerSecond float64 `json:"perSecond"`
}

// racing is nil without a race. Where a request's costs are all that is known, there is nothing to draw.
func racing(r *lesson.Race) *raced {
	if r == nil || len(r.Laps) == 0 {
		return nil
	}
	v := &raced{Laps: r.Laps}
	at := []float64{1, 8}
	if n := r.Cost.Crossover(); !math.IsInf(n, 1) {
		v.Crossover = n
		at = []float64{1, min(max(n, 1), 8), 8}
	}
	for _, n := range at {
		v.Most = append(v.Most, most{n, r.Cost.Most(n)})
	}
	for _, l := range r.Laps {
		v.Top = max(v.Top, l.PerSecond)
	}
	for _, m := range v.Most {
		v.Top = max(v.Top, m.PerSecond)
	}
	return v
}

// level gives two races one scale.
func level(left, right *raced) {
	if left == nil || right == nil {
		return
	}
	left.Top = max(left.Top, right.Top)
	right.Top = left.Top
}

// allLabels are the words of all pages.
func allLabels() map[string]message.Message {
	all := maps.Clone(labels)
	maps.Copy(all, charted)
	maps.Copy(all, played)
	maps.Copy(all, teaching)
	return all
}

// charted are the words of charts.
var charted = map[string]message.Message{
	"throughput": message.New("demo.chart.throughput"),
	"replicas":   message.New("demo.chart.replicas"),
	"dots":       message.New("demo.chart.measured"),
	"expected":   message.New("demo.chart.expected"),
	"storeused":  message.New("demo.chart.store-used"),
	"crossover":  message.New("demo.chart.crossover"),
	"p99":        message.New("demo.chart.p99"),
	"failures":   message.New("demo.chart.failures"),
	"lacking":    message.New("demo.chart.lacking"),
	"timeout":    message.New("demo.chart.timeout"),
	"unreached":  message.New("demo.chart.unreached"),
}
