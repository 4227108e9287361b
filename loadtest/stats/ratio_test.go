package stats

import (
	"math"
	"testing"
)

func TestStudentsInterval(t *testing.T) {
	near := func(got, want float64) bool { return math.Abs(got-want) < 1e-3 }
	// Six differences: mean 3.5, standard error 1.8708/√6, and 2.5706 of it on either side (a table's value for 5
	// degrees).
	if e := Differences([]float64{1, 2, 3, 4, 5, 6}); !near(e.Center, 3.5) || !near(e.Low,
		3.5-2.5706*0.7638) || e.N != 6 || !e.Why.IsZero() {
		t.Errorf("got %+v", e)
	}
	// The same as logarithms.
	var ratios []float64
	for i := range 6 {
		ratios = append(ratios, math.Exp(float64(i+1)/10))
	}
	if e := Ratios(ratios, 0); !near(math.Log(e.Center), 0.35) || !near(math.Log(e.High), 0.35+0.25706*0.7638) {
		t.Errorf("got %+v", e)
	}
	if e := Ratios(ratios, 0.01); !near(math.Log(e.High), 0.35+2.5706*math.Sqrt(0.07638*0.07638+0.01)) {
		t.Errorf("with a hidden variance got %+v", e)
	}
}

func TestRatiosWithoutAnInterval(t *testing.T) {
	for name, samples := range map[string][]float64{"none": nil, "too few": {1, 2, 3}, "nothing over something": {
		0, 1,
		1, 1, 1, 1,
	}} {
		e := Ratios(samples, 0)
		if math.IsNaN(e.Center) || math.IsNaN(e.Low) || (name != "nothing over something") != (!e.Why.IsZero()) {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}
