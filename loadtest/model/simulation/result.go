package simulation

import (
	"math"
	"slices"
	"time"
)

// Result is the result of a run in its window.
type Result struct {
	Throughput float64       `json:"throughput"` // answers/s
	Requests   int           `json:"requests"`   // due in the window; latencies are of these, from the due time
	Mean       time.Duration `json:"mean_ns"`
	P50        time.Duration `json:"p50_ns"`
	P90        time.Duration `json:"p90_ns"`
	P99        time.Duration `json:"p99_ns"`
	InFlight   float64       `json:"in_flight"` // mean number of requests over time
	Growth     float64       `json:"growth"`    // of the requests in flight, requests/s, from first to last third
	// The used shares of the budgets.
	Replicas float64 `json:"replicas"` // mean
	Busiest  float64 `json:"busiest_replica"`
	Store    float64 `json:"store"`
	Balancer float64 `json:"balancer"`
}

// counter gathers the data of a Result. Times are ns.
type counter struct {
	from, to  int64 // the window
	latencies []int64
	answers   int
	present   [3]float64 // request·ns in each third of the window
}

// answered counts a request.
func (c *counter) answered(due, at int64) {
	if due >= c.from && due < c.to {
		c.latencies = append(c.latencies, at-due)
	}
	if at >= c.from && at < c.to {
		c.answers++
	}
	for i := range c.present {
		third := (c.to - c.from) / 3
		c.present[i] += float64(overlap(due, at, c.from+int64(i)*third, c.from+int64(i+1)*third))
	}
}

// used returns how much of a request's work, in ns of CPU, falls into the window, as if the process were not frozen
// meanwhile.
func (c *counter) used(ended, work int64) float64 {
	return float64(overlap(ended-work, ended, c.from, c.to))
}

func overlap(a, b, from, to int64) int64 { return max(0, min(b, to)-max(a, from)) }

// result returns the Result without the shares of budgets.
func (c *counter) result() Result {
	window := float64(c.to - c.from)
	r := Result{
		Throughput: float64(c.answers) / window * 1e9, Requests: len(c.latencies),
		InFlight: (c.present[0] + c.present[1] + c.present[2]) / window,
		// The mean of a third represents its middle, and the middles are two thirds apart.
		Growth: (c.present[2] - c.present[0]) / (window / 3) / (window * 2 / 3) * 1e9,
	}
	if len(c.latencies) == 0 {
		return r
	}
	slices.Sort(c.latencies)
	sum := 0.0
	for _, l := range c.latencies {
		sum += float64(l)
	}
	r.Mean = time.Duration(sum / float64(len(c.latencies)))
	r.P50, r.P90, r.P99 = c.percentile(0.5), c.percentile(0.9), c.percentile(0.99)
	return r
}

// percentile returns the smallest latency that at least the given share of requests did not exceed.
func (c *counter) percentile(share float64) time.Duration {
	return time.Duration(c.latencies[int(math.Ceil(share*float64(len(c.latencies))))-1])
}
