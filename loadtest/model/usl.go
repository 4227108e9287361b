package model

import (
	"fmt"
	"math"
	"slices"
)

// Point is a measured throughput.
type Point struct {
	Replicas   float64 `json:"replicas"`
	Throughput float64 `json:"throughput"` // requests/s
}

// USL is the universal scalability law X(N) = λN / (1 + σ(N-1) + κN(N-1)). It describes a curve, and says nothing of why: where one
// tier simply gives out, as a store under a budget does, it rounds the corner that Bounds draws.
type USL struct {
	Lambda float64 `json:"lambda"` // requests/s of one replica
	Sigma  float64 `json:"sigma"`  // contention: the share of the work that replicas wait for
	Kappa  float64 `json:"kappa"`  // coherency: what each pair of replicas costs
}

// FitUSL fits the law with σ, κ ≥ 0 to at least three sizes. It minimises the squares of the errors relative to the measured
// throughput, because interference disturbs a throughput by a share of it; N/X is then a line in λ⁻¹, σλ⁻¹ and κλ⁻¹, and the best fit
// is found exactly, without a first guess.
func FitUSL(points []Point) (USL, error) {
	sizes := map[float64]bool{}
	var rows [][]float64
	for _, p := range points {
		if !finite(p.Replicas) || !finite(p.Throughput) || p.Replicas < 1 || p.Throughput <= 0 {
			return USL{}, fmt.Errorf("model: %g requests/s of %g replicas is no point of a scalability law", p.Throughput, p.Replicas)
		}
		sizes[p.Replicas] = true
		each := p.Throughput / p.Replicas
		rows = append(rows, []float64{each, each * (p.Replicas - 1), each * p.Replicas * (p.Replicas - 1)})
	}
	if len(sizes) < 3 {
		return USL{}, fmt.Errorf("model: %d sizes: a scalability law needs 3", len(sizes))
	}
	best, least := []float64{}, math.Inf(1)
	// The best fit without negative coefficients is the best fit with some of them left out.
	for _, columns := range [][]int{{0, 1, 2}, {0, 1}, {0, 2}, {1, 2}, {0}, {1}, {2}} {
		c, left := ones(rows, columns)
		if left < least && slices.Min(c) >= 0 {
			best, least = c, left
		}
	}
	if best[0] == 0 {
		return USL{}, fmt.Errorf("model: throughput falls faster with replicas than any scalability law with a λ")
	}
	return USL{Lambda: 1 / best[0], Sigma: best[1] / best[0], Kappa: best[2] / best[0]}, nil
}

// At returns the throughput of n replicas, in requests/s.
func (u USL) At(n float64) float64 { return u.Lambda * n / (1 + u.Sigma*(n-1) + u.Kappa*n*(n-1)) }

// Peak returns the number of replicas beyond which more answer less: +Inf where nothing is coherency, 1 where the first replica
// alone is best.
func (u USL) Peak() float64 {
	switch {
	case u.Sigma >= 1:
		return 1
	case u.Kappa == 0:
		return math.Inf(1)
	default:
		return math.Max(1, math.Sqrt((1-u.Sigma)/u.Kappa))
	}
}

// ones returns the coefficients, zero but for those of the given columns, whose combination of each row comes closest to 1, and
// the sum of squares that is left. It makes the columns orthogonal one after the other (modified Gram-Schmidt), which does not
// square their condition as normal equations do.
func ones(rows [][]float64, columns []int) (coefficients []float64, left float64) {
	coefficients = make([]float64, len(rows[0]))
	rest := make([]float64, len(rows))
	for i := range rest {
		rest[i] = 1
	}
	k := len(columns)
	base, upper, onto := make([][]float64, k), make([][]float64, k), make([]float64, k)
	for j, column := range columns {
		v := make([]float64, len(rows))
		for i, row := range rows {
			v[i] = row[column]
		}
		upper[j] = make([]float64, j)
		for i := range j {
			upper[j][i] = share(v, base[i])
		}
		base[j] = v
		onto[j] = share(rest, v)
	}
	for j, column := range slices.Backward(columns) {
		coefficients[column] = onto[j]
		for i := range j {
			onto[i] -= upper[j][i] * onto[j]
		}
	}
	return coefficients, dot(rest, rest)
}

// share takes out of v what lies along base, and returns how many times base that was.
func share(v, base []float64) float64 {
	times := dot(v, base) / dot(base, base)
	for i := range v {
		v[i] -= times * base[i]
	}
	return times
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
