package simulation

import (
	"fmt"
	"math"
	"slices"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/model"
)

// Check is a saturated cluster, as simulated and as measured.
type Check struct {
	Scheme     string        `json:"scheme"`
	Replicas   int           `json:"replicas"`
	Simulated  Result        `json:"simulated"`
	Throughput float64       `json:"measured_throughput"` // correct answers/s
	P50        time.Duration `json:"measured_p50_ns"`
	P99        time.Duration `json:"measured_p99_ns"`
}

// How long each cluster is simulated: long enough for thousands of answers even of the slowest.
const (
	settle = time.Second
	watch  = 5 * time.Second
)

// Validate simulates every saturated cluster of a run, from the same demands as the predictions, and pairs the result
// with the measurement. None of its inputs was fitted to the latencies.
func Validate(a *analysis.Analysis) ([]Check, error) {
	var all []Check
	for _, in := range model.Fit(a) {
		for _, q := range a.Queueing {
			if q.Name != in.Scheme || q.Samples == 0 {
				continue
			}
			c, err := config(a, in, q.Replicas)
			if err != nil {
				return nil, err
			}
			simulated, err := Run(c)
			if err != nil {
				return nil, fmt.Errorf("simulating %d × %s: %w", q.Replicas, q.Name, err)
			}
			all = append(all, Check{q.Name, q.Replicas, simulated, throughput(a, q), q.P50, q.P99})
		}
	}
	return all, nil
}

func throughput(a *analysis.Analysis, q analysis.Queueing) float64 {
	for _, x := range a.Scaling {
		if x.Name == q.Name && x.Replicas == q.Replicas {
			return x.X.Center
		}
	}
	return 0
}

// Met reports whether the simulated p50 and p99 of a scheme may be used for unmeasured clusters: the median of their
// absolute errors at its saturated clusters must be within model.Tolerance.
func Met(checks []Check, scheme string) (p50, p99 bool) {
	var medians, tails []float64
	for _, c := range checks {
		if c.Scheme == scheme && c.P50 > 0 && c.P99 > 0 {
			medians = append(medians, math.Abs(float64(c.Simulated.P50)/float64(c.P50)-1))
			tails = append(tails, math.Abs(float64(c.Simulated.P99)/float64(c.P99)-1))
		}
	}
	return believable(medians), believable(tails)
}

func believable(errors []float64) bool {
	slices.Sort(errors)
	n := len(errors)
	return n > 0 && (errors[(n-1)/2]+errors[n/2])/2 <= model.Tolerance
}
