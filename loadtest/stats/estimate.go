// Package stats is the arithmetic of a figure that was measured more than once: a median, and between what it is known to
// lie. It knows nothing of what is measured.
package stats

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// Confidence of every interval.
const Confidence = 0.95

// MinSamples is the fewest samples whose extremes hold a median with 95 % confidence: 1 - 2·2⁻⁶ = 96.9 %.
const MinSamples = 6

// Estimate is a median with its order-statistic interval, which assumes nothing about the distribution.
type Estimate struct {
	Center float64 `json:"center"`
	Low    float64 `json:"low"`  // of the interval; equal to Center when there is none
	High   float64 `json:"high"` //
	N      int     `json:"n"`    // samples
	// Why says why there is no interval; empty when there is one.
	Why string `json:"why,omitempty"`
}

// Of summarises samples, which it leaves as they are.
func Of(samples []float64) Estimate {
	if len(samples) == 0 {
		return Estimate{Why: "nothing valid was measured"}
	}
	s := benchmath.NewSample(slices.Clone(samples), &benchmath.DefaultThresholds) // it sorts its argument in place
	summary := benchmath.AssumeNothing.Summary(s, Confidence)
	e := Estimate{Center: summary.Center, Low: summary.Lo, High: summary.Hi, N: len(samples)}
	if len(samples) < MinSamples || math.IsInf(e.Low, 0) || math.IsInf(e.High, 0) {
		e.Low, e.High = e.Center, e.Center
		e.Why = fmt.Sprintf("%d samples: an interval needs %d", len(samples), MinSamples)
	}
	return e
}

// Known reports whether there is anything to print.
func (e Estimate) Known() bool { return e.N > 0 }

// Excludes reports whether the interval lies wholly on one side of v. Without an interval it does not.
func (e Estimate) Excludes(v float64) bool { return e.Why == "" && (e.Low > v || e.High < v) }

// Width is the interval's half-width as a share of the center.
func (e Estimate) Width() float64 {
	if e.Center == 0 {
		return 0
	}
	return (e.High - e.Low) / 2 / math.Abs(e.Center)
}

// Median is the median of samples; 0 of none.
func Median(samples []float64) float64 { return Of(samples).Center }

// Interval is the estimate without its samples.
func (e Estimate) Interval() Interval { return Interval{e.Center, e.Low, e.High} }
