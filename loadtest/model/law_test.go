package model

import (
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/stats"
)

// TestTheLawStandsBesideThePrediction: throughputs of a law with σ = 0.05 and κ = 0, and 8 replicas that answered as it says.
func TestTheLawStandsBesideThePrediction(t *testing.T) {
	a := calibrated()
	truth := USL{Lambda: 1000, Sigma: 0.05}
	var scaling []analysis.Throughput
	for _, n := range []int{1, 2, 4, 8} {
		x := truth.At(float64(n))
		scaling = append(scaling, analysis.Throughput{
			Name: "token-hs256", Replicas: n, X: stats.Estimate{Center: x, Low: x, High: x, N: 12},
			Speedup: stats.Estimate{Center: x / 1000, Low: x / 1000, High: x / 1000, N: 12},
		})
	}
	a.Scaling = scaling
	frozenIn(t, a)
	j, err := Judge(a)
	if err != nil || len(j.Trials) != 1 {
		t.Fatalf("%+v, %v", j, err)
	}
	l := j.Trials[0].Law
	if l == nil || !near(l.Sigma, 0.05, 1e-6) || l.Kappa > 1e-9 || !near(l.Ratio, truth.At(8)/1000, 1e-6) || !near(1+l.Error.Center, 1, 1e-6) {
		t.Errorf("the law is %+v", l)
	}
	a.Scaling = scaling[2:] // one size below the one held out is no law
	if j, err := Judge(a); err != nil || j.Trials[0].Law != nil {
		t.Errorf("%+v, %v", j, err)
	}
}
