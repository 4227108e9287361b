package report

import "testing"

// TestSpread: values that would crowd stand apart, in the order of their marks, and others beside theirs.
func TestSpread(t *testing.T) {
	for name, c := range map[string]struct{ marks, want []float64 }{
		"apart":                 {[]float64{0, 50, 62}, []float64{0, 50, 62}},
		"two together":          {[]float64{10, 14, 60}, []float64{6, 18, 60}},
		"three together":        {[]float64{100, 103, 109}, []float64{92, 104, 116}},
		"pushed into the next":  {[]float64{10, 10, 20, 80}, []float64{4.0 / 3, 40.0 / 3, 76.0 / 3, 80}},
		"one":                   {[]float64{7}, []float64{7}},
		"all at the same place": {[]float64{9, 9, 9}, []float64{-3, 9, 21}},
	} {
		column := make([]drawn, len(c.marks))
		for i, y := range c.marks {
			column[i].y = y
		}
		got := spread(column)
		for i, want := range c.want {
			if d := got[i] - want; d > 0.01 || d < -0.01 {
				t.Errorf("%s: %v, want %v", name, got, c.want)
				break
			}
		}
		if crowdedNow := crowded(placed(got)); crowdedNow {
			t.Errorf("%s: values crowd at %v", name, got)
		}
	}
}

func placed(ys []float64) []drawn {
	column := make([]drawn, len(ys))
	for i, y := range ys {
		column[i].y = y + 0.001*float64(i) // rounding is no crowding
	}
	return column
}
