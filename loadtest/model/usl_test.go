package model

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// sdm91 is a Sun SPARCcenter 2000 in the SPEC SDM91 benchmark, scripts/hour by load, an example of the R package usl (S. Möding).
var sdm91 = []Point{{1, 64.9}, {18, 995.9}, {36, 1652.4}, {72, 1853.2}, {108, 1828.9}, {144, 1775.0}, {216, 1702.2}}

// published is that package's fit, from its README, where the residuals are between -81.7 and 111.1 around a median of -25.1.
// It minimises absolute errors, so that the smallest load counts next to nothing (64.9 is fitted with 90.0).
var published = USL{Lambda: 89.9952330, Sigma: 0.0277285, Kappa: 0.0001044}

func TestPublishedFit(t *testing.T) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range sdm91 {
		left := p.Throughput - published.At(p.Replicas)
		low, high = math.Min(low, left), math.Max(high, left)
	}
	if math.Abs(low+81.7) > 0.2 || math.Abs(high-111.1) > 0.2 {
		t.Errorf("residuals between %.1f and %.1f: the data is not the published", low, high)
	}
	if peak := published.Peak(); !near(peak, 96.5, 1e-3) {
		t.Errorf("the peak of the published fit is %v, want 96.5", peak)
	}
}

func TestOurFitOfThePublishedData(t *testing.T) {
	u, err := FitUSL(sdm91)
	if err != nil {
		t.Fatal(err)
	}
	if !near(u.Peak(), published.Peak(), 0.05) {
		t.Errorf("peak at %v, published %v", u.Peak(), published.Peak())
	}
	if ours, theirs := wrong(u, sdm91), wrong(published, sdm91); ours > theirs {
		t.Errorf("relative errors have a sum of squares of %v, those of the published fit %v", ours, theirs)
	}
}

// wrong is what FitUSL minimises, written the other way round: the share by which λN/(…) misses.
func wrong(u USL, points []Point) float64 {
	sum := 0.0
	for _, p := range points {
		sum += math.Pow(p.Throughput/u.At(p.Replicas)-1, 2)
	}
	return sum
}

func TestTheLawIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := USL{
			Lambda: rapid.Float64Range(10, 1e5).Draw(t, "λ"),
			Sigma:  rapid.SampledFrom([]float64{0, 0.01, 0.2}).Draw(t, "σ"),
			Kappa:  rapid.SampledFrom([]float64{0, 1e-6, 1e-3}).Draw(t, "κ"),
		}
		var points []Point
		for _, n := range []float64{1, 2, 4, 8, 1000} {
			points = append(points, Point{n, truth.At(n)})
		}
		got, err := FitUSL(points)
		if err != nil || !near(got.Lambda, truth.Lambda, 1e-9) || math.Abs(got.Sigma-truth.Sigma) > 1e-9 || math.Abs(got.Kappa-truth.Kappa) > 1e-12 {
			t.Fatalf("%+v was fitted with %+v: %v", truth, got, err)
		}
	})
}

// TestNoFitIsBetter tries others nearby that the law allows, from noisy points and from some that only negative coefficients fit.
func TestNoFitIsBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []Point
		for _, n := range []float64{1, 2, 4, 8} {
			points = append(points, Point{n, n * rapid.Float64Range(500, 2000).Draw(t, "each")})
		}
		u, err := FitUSL(points)
		if err != nil {
			t.Skip(err) // no λ: nothing to compare
		}
		other := USL{
			Lambda: u.Lambda * rapid.Float64Range(0.8, 1.2).Draw(t, "λ"),
			Sigma:  math.Max(0, u.Sigma+rapid.Float64Range(-0.1, 0.1).Draw(t, "σ")),
			Kappa:  math.Max(0, u.Kappa+rapid.Float64Range(-0.01, 0.01).Draw(t, "κ")),
		}
		if u.Sigma < 0 || u.Kappa < 0 || wrong(u, points) > wrong(other, points)+1e-9 {
			t.Fatalf("%+v is worse (%v) than %+v (%v)", u, wrong(u, points), other, wrong(other, points))
		}
	})
}

func TestPeaks(t *testing.T) {
	for u, want := range map[USL]float64{
		{1, 0, 0}: math.Inf(1), {1, 0.1, 0}: math.Inf(1), {1, 0.19, 0.01}: 9, {1, 0, 4}: 1, {1, 1.5, 0.1}: 1,
	} {
		if got := u.Peak(); !near(got, want, 1e-12) {
			t.Errorf("%+v peaks at %v, want %v", u, got, want)
		}
	}
}

func TestWhatNoLawFits(t *testing.T) {
	for name, points := range map[string][]Point{
		"two sizes":       {{1, 10}, {2, 20}, {2, 21}},
		"no throughput":   {{1, 0}, {2, 20}, {4, 30}},
		"no replicas":     {{0, 10}, {2, 20}, {4, 30}},
		"not a number":    {{1, math.NaN()}, {2, 20}, {4, 30}},
		"a cliff, not λ":  {{2, 1000}, {3, 100}, {4, 1}},
		"nothing at all":  nil,
		"endless answers": {{1, math.Inf(1)}, {2, 20}, {4, 30}},
	} {
		if u, err := FitUSL(points); err == nil {
			t.Errorf("%s: %+v", name, u)
		}
	}
}
