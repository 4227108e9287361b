package stats

import (
	"encoding/json"
	"fmt"
	"math"
)

// Interval is a figure with the bounds of its confidence interval. In JSON an infinity is null.
type Interval struct {
	Center, Low, High float64
}

// Exactly returns the interval of a figure without uncertainty.
func Exactly(v float64) Interval { return Interval{v, v, v} }

// Estimate returns the interval as an estimate from n samples.
func (i Interval) Estimate(n int) Estimate {
	return Estimate{Center: i.Center, Low: i.Low, High: i.High, N: n}
}

// With returns the interval, widened to include v.
func (i Interval) With(v float64) Interval {
	return Interval{Center: i.Center, Low: math.Min(i.Low, v), High: math.Max(i.High, v)}
}

// Check returns an error unless Low ≤ Center ≤ High, finite and not below zero.
func (i Interval) Check() error {
	// Written so that NaN is refused too.
	if math.IsNaN(i.High) || math.IsInf(i.High, 0) || i.Low < 0 || !(i.Low <= i.Center && i.Center <= i.High) {
		return fmt.Errorf("%g [%g %g] is not an interval of a quantity", i.Center, i.Low, i.High)
	}
	return nil
}

type intervalJSON struct {
	Center *float64 `json:"center"`
	Low    *float64 `json:"low"`
	High   *float64 `json:"high"`
}

// MarshalJSON writes an infinity as null, because JSON has no infinity.
func (i Interval) MarshalJSON() ([]byte, error) {
	word := func(v float64) *float64 {
		if math.IsInf(v, 1) {
			return nil
		}
		return &v
	}
	return json.Marshal(intervalJSON{word(i.Center), word(i.Low), word(i.High)})
}

// UnmarshalJSON reads the output of MarshalJSON.
func (i *Interval) UnmarshalJSON(text []byte) error {
	var words intervalJSON
	if err := json.Unmarshal(text, &words); err != nil {
		return err
	}
	value := func(w *float64) float64 {
		if w == nil {
			return math.Inf(1)
		}
		return *w
	}
	*i = Interval{value(words.Center), value(words.Low), value(words.High)}
	return nil
}
