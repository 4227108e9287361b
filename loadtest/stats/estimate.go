// Package stats is the arithmetic of repeated measurements: a median and its confidence interval. It does not know what
// is measured, and says by a message why there is no interval.
package stats

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"

	"authlab/loadtest/message"
)

// Confidence is the confidence level of every interval.
const Confidence = 0.95

// MinSamples is the least number of samples whose extremes enclose a median with 95 % confidence:
// 1 - 2·2⁻⁶ = 96.9 %.
const MinSamples = 6

// Estimate is a median with its order-statistic interval, which assumes nothing about the distribution.
type Estimate struct {
	Center float64 `json:"center"` // the median; of a ratio over launches or clusters the geometric mean
	Low    float64 `json:"low"`    // of the 95 % interval; equal to Center without one
	High   float64 `json:"high"`   // of the 95 % interval; equal to Center without one
	N      int     `json:"n"`      // samples
	// Why says why there is no interval; it is empty if there is one.
	Why message.Sentence `json:"why,omitzero"`
}

// Of summarises samples. It does not modify them.
func Of(samples []float64) Estimate {
	if len(samples) == 0 {
		return Estimate{Why: message.Say("estimate.nothing")}
	}
	s := benchmath.NewSample(slices.Clone(samples), &benchmath.DefaultThresholds) // it sorts its argument in place
	summary := benchmath.AssumeNothing.Summary(s, Confidence)
	e := Estimate{Center: summary.Center, Low: summary.Lo, High: summary.Hi, N: len(samples)}
	if len(samples) < MinSamples || math.IsInf(e.Low, 0) || math.IsInf(e.High, 0) {
		e.Low, e.High = e.Center, e.Center
		e.Why = tooFew(e.N)
	}
	return e
}

// Known reports whether there is anything to print.
func (e Estimate) Known() bool { return e.N > 0 }

// Excludes reports whether the interval lies entirely on one side of v. It is false without an interval.
func (e Estimate) Excludes(v float64) bool { return e.Why.IsZero() && (e.Low > v || e.High < v) }

// Width returns the half-width of the interval, as a share of the center.
func (e Estimate) Width() float64 {
	if e.Center == 0 {
		return 0
	}
	return (e.High - e.Low) / 2 / math.Abs(e.Center)
}

// Median returns the median of samples, or 0 without samples.
func Median(samples []float64) float64 { return Of(samples).Center }

// Interval returns the estimate without its number of samples.
func (e Estimate) Interval() Interval { return Interval{e.Center, e.Low, e.High} }

func tooFew(samples int) message.Sentence {
	return message.Say("estimate.too-few", "samples", samples, "needed", MinSamples)
}
