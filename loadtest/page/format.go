package page

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"authlab/loadtest/stats"
)

// None is printed where there is no figure.
const None = "–"

// Ratio prints 1.23 [1.20 1.26]; without an interval, 1.23.
func Ratio(e stats.Estimate) string {
	return Interval(e, func(v float64) string { return fmt.Sprintf("%.2f", v) })
}

func Interval(e stats.Estimate, format func(float64) string) string {
	switch {
	case !e.Known():
		return None
	case !e.Why.IsZero():
		return format(e.Center)
	default:
		return fmt.Sprintf("%s [%s %s]", format(e.Center), format(e.Low), format(e.High))
	}
}

func Significant(v float64) string {
	if v == 0 {
		return "0"
	}
	digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// Percent of a share above zero is never printed as 0.
func Percent(share float64) string {
	if 0 < share && share < 0.01 {
		return "< 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

// Seconds prints a time that was measured to two digits, such as 3.3 s.
func Seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', 2, 64) + " s" }

func Duration(d time.Duration) string {
	switch {
	case d == 0:
		return None
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
	}
}
