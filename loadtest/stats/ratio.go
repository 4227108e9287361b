package stats

import (
	"math"
	"slices"

	moremath "github.com/aclements/go-moremath/stats"
)

// Ratios summarises ratios, one for each launch or round, by their geometric mean and Student's interval on their
// logarithms. It assumes that the logarithms are about normal, which medians of many slices are; a simulation on
// recorded noise (analysis.TestCoverage) holds its coverage to at least 94 %, and shows what order statistics and a
// bootstrap do instead.
//
// Hidden is a variance of the logarithm that all samples share, so that they cannot show it: a cluster that was
// launched once has one. It is 0 where there is none.
func Ratios(samples []float64, hidden float64) Estimate {
	if len(samples) == 0 || slices.ContainsFunc(samples, func(s float64) bool { return !(s > 0) }) {
		return Of(samples) // a ratio of nothing has no logarithm
	}
	e := student(logs(samples), hidden)
	e.Center, e.Low, e.High = math.Exp(e.Center), math.Exp(e.Low), math.Exp(e.High)
	return e
}

// LogVariance is the variance of the logarithm of ratios, all above 0.
func LogVariance(ratios []float64) float64 { return Variance(logs(ratios)) }

// Variance is the variance of two samples or more. Their mean takes one degree of freedom.
func Variance(samples []float64) float64 {
	_, variance := moments(samples)
	return variance
}

func logs(ratios []float64) []float64 {
	all := make([]float64, len(ratios))
	for i, r := range ratios {
		all[i] = math.Log(r)
	}
	return all
}

// Differences summarises differences, one for each launch, by their mean and Student's interval.
func Differences(samples []float64) Estimate {
	if len(samples) == 0 {
		return Of(nil)
	}
	return student(samples, 0)
}

// student is the mean with Student's interval, widened by a variance that the samples do not show. With fewer than
// MinSamples there is no interval.
func student(samples []float64, hidden float64) Estimate {
	mean, variance := moments(samples)
	e := Estimate{Center: mean, Low: mean, High: mean, N: len(samples)}
	if e.N < MinSamples {
		e.Why = tooFew(e.N)
		return e
	}
	n := float64(e.N)
	half := quantile(n-1, (1+Confidence)/2) * math.Sqrt(variance/n+hidden)
	e.Low, e.High = mean-half, mean+half
	return e
}

// moments returns the mean of samples and their variance, with one degree of freedom taken by the mean.
func moments(samples []float64) (mean, variance float64) {
	n := float64(len(samples))
	for _, s := range samples {
		mean += s / n
	}
	for _, s := range samples {
		variance += (s - mean) * (s - mean) / (n - 1)
	}
	return mean, variance
}

// Told is how many standard errors a difference must have, so that the interval over n samples excludes 0 with the
// probability power.
func Told(n int, power float64) float64 {
	freedom := float64(n - 1)
	return quantile(freedom, (1+Confidence)/2) + quantile(freedom, power)
}

// quantile returns a quantile of Student's distribution.
func quantile(freedom, p float64) float64 { return moremath.InvCDF(moremath.TDist{V: freedom})(p) }
