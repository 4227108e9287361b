package simulation

import (
	"testing"
	"time"
)

func TestMet(t *testing.T) {
	check := func(scheme string, p50, p99 float64) Check {
		return Check{
			Scheme: scheme, P50: time.Second, P99: time.Second,
			Simulated: Result{P50: time.Duration(p50 * float64(time.Second)), P99: time.Duration(p99 * float64(time.Second))},
		}
	}
	checks := []Check{
		check("a", 1.1, 0.4), check("a", 0.9, 1.1), check("a", 1.9, 0.5),
		check("b", 1.2, 0.9), check("b", 0.7, 1.1),
		check("c", 1.1, 1.1), check("c", 0.82, 1.3), // with an even number the median lies between two values
	}
	for scheme, want := range map[string][2]bool{
		"a": {true, false}, "b": {false, true}, "c": {true, false}, "none": {false, false},
	} {
		if p50, p99 := Met(checks, scheme); p50 != want[0] || p99 != want[1] {
			t.Errorf("%s: p50 %t, p99 %t, want %v", scheme, p50, p99, want)
		}
	}
}
