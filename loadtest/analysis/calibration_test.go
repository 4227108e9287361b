package analysis

import (
	"math"
	"testing"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/record"
)

func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		replicas, smallest int
		want               float64
	}{{1, 1, 0}, {2, 1, 0.5}, {8, 1, 0.875}, {2, 2, 0}, {8, 2, 0.75}} {
		if got := Crowd(c.replicas, c.smallest); got != c.want {
			t.Errorf("%d replicas where the smallest size has %d: %v, want %v", c.replicas, c.smallest, got, c.want)
		}
	}
}

// TestCrowding: requests that cost 40 µs alone cost 46 µs among four, 3/4 of a crowd, so that 20 % is what a crowd
// costs.
func TestCrowding(t *testing.T) {
	var cells []*measure.Measurement
	add := func(scheme string, round, replicas int, cost time.Duration) {
		cells = append(cells, &measure.Measurement{
			Cell: record.Cell{Scheme: scheme, Round: round, Replicas: replicas}, Cost: map[string]time.Duration{"replica": cost},
		})
	}
	for round := range 8 {
		interference := time.Duration(round) // which the rounds share, and which cancels
		for _, scheme := range []string{"control", "token-hs256"} {
			add(scheme, round, 1, interference*4*time.Microsecond+40*time.Microsecond)
			add(scheme, round, 2, time.Hour) // says least beside its noise, and is not asked
			add(scheme, round, 4, interference*4600*time.Nanosecond+46*time.Microsecond)
		}
		add("session-memory", round, 1, 40*time.Microsecond) // does other things at other sizes
		add("session-memory", round, 4, 10*time.Microsecond)
		add("session-redis", round, 4, 46*time.Microsecond) // without its smallest size in this round
	}
	if got := crowding(cells, 1); math.Abs(got.Center-0.2) > 1e-6 || got.N != 16 {
		t.Errorf("a crowd costs %+v, want 20 %% from 16 pairs", got)
	}
	if got := crowding(nil, 1); got.Known() {
		t.Errorf("nothing measured, and a crowd costs %+v", got)
	}
}
