package apitest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestMannWhitney(t *testing.T) {
	durations := func(all ...time.Duration) []time.Duration { return all }
	for _, c := range []struct {
		x, y      []time.Duration
		z, longer float64
	}{
		{durations(1, 2, 3), durations(4, 5, 6), -1.964, 0},
		{durations(4, 5, 6), durations(3, 2, 1), 1.964, 1},
		{durations(1, 4, 5), durations(2, 3, 6), -0.218, 4. / 9},
		{durations(2, 2), durations(2, 2, 2), 0, 0.5},
		{durations(1, 2), durations(1, 3), -0.387, 0.375}, // U = 1.5 of 4
	} {
		z, longer := mannWhitney(c.x, c.y)
		if math.Abs(z-c.z) > 0.001 || math.Abs(longer-c.longer) > 1e-9 {
			t.Errorf("%v and %v: z %.3f, want %.3f; share %.3f, want %.3f", c.x, c.y, z, c.z, longer, c.longer)
		}
	}
}

// TestMannWhitneyDecides simulates refusals on a machine that is busy with other things: most take 25 ms, some much
// longer. Equal servers are never told apart, and 500 pairs find half a millisecond.
func TestMannWhitneyDecides(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sample := func(n int, more time.Duration) []time.Duration {
		times := make([]time.Duration, n)
		for i := range times {
			times[i] = 25*time.Millisecond + more + time.Duration(random.NormFloat64()*float64(time.Millisecond))
			if random.IntN(10) == 0 {
				times[i] += time.Duration(random.ExpFloat64() * float64(50*time.Millisecond))
			}
		}
		return times
	}
	for range 2000 {
		for _, n := range []int{25, 50, 500} {
			if z, _ := mannWhitney(sample(n, 0), sample(n, 0)); math.Abs(z) > clearly {
				t.Errorf("%d pairs of the same kind are told apart: z = %.1f", n, z)
			}
		}
	}
	missed := 0
	for range 200 {
		if z, _ := mannWhitney(sample(500, time.Millisecond/2), sample(500, 0)); z <= clearly {
			missed++
		}
	}
	if missed > 20 {
		t.Errorf("half a millisecond was missed %d times of 200", missed)
	}
}
