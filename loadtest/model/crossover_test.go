package model

import (
	"math"
	"testing"

	"authlab/loadtest/stats"

	"pgregory.net/rapid"
)

// TestCrossover: at 0.05 core each, 50 µs a request make 1,000/s for each replica, and 6.25 µs make 8,000/s for the
// store.
func TestCrossover(t *testing.T) {
	if n := Crossover(Tier{50e-6, 0.05}, Tier{6.25e-6, 0.05}); !near(n, 8, 1e-12) {
		t.Errorf("N* is %v, want 8", n)
	}
	if n := Crossover(Tier{50e-6, 0.05}, Tier{}); !math.IsInf(n, 1) {
		t.Errorf("without a store N* is %v", n)
	}
}

// TestBottleneckChangesAtCrossover: from N* on the store sets the ceiling.
func TestBottleneckChangesAtCrossover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyNetwork(t)
		n.Balancer = Tier{}
		star := Crossover(n.Replica, n.Store)
		bottleneck, replicas := bounded(t, n).Bottleneck, float64(n.Replicas)
		if (bottleneck == AtStore) != (replicas >= star) && !near(replicas, star, 1e-12) {
			t.Fatalf("with %d replicas and N* = %v the bottleneck is the %s", n.Replicas, star, bottleneck)
		}
	})
}

func TestCrossoverIntervalContainsEveryCrossover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		measured := func(name string) (Measured, float64) {
			low := rapid.Float64Range(1e-6, 1e-4).Draw(t, name)
			width := rapid.Float64Range(0, 1e-5).Draw(t, name+" width")
			truth := low + width*rapid.Float64Range(0, 1).Draw(t, name+" truth")
			return Measured{stats.Interval{Center: low + width/2, Low: low, High: low + width}, 0.05}, truth
		}
		r, rTruth := measured("replica")
		s, sTruth := measured("store")
		i := CrossoverInterval(r, s)
		if star := Crossover(r.known(rTruth), s.known(sTruth)); star < i.Low*(1-1e-12) || star > i.High*(1+1e-12) {
			t.Fatalf("N* = %v is not in %v", star, i)
		}
	})
}

// TestCrowdingMovesCrossover: at N* the replicas, at their cost in a crowd of that size, give the throughput of the
// store.
func TestCrowdingMovesCrossover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := Inputs{
			Calibrated: rapid.IntRange(1, 3).Draw(t, "calibrated"),
			Replica:    Measured{stats.Exactly(rapid.Float64Range(20e-6, 100e-6).Draw(t, "replica")), 0.05},
			Store:      Measured{stats.Exactly(rapid.Float64Range(1e-6, 6e-6).Draw(t, "store")), 0.05},
			Crowding:   stats.Exactly(rapid.Float64Range(0, 1).Draw(t, "crowding")),
		}
		star := in.crossover().Center
		factor := 1 + in.Crowding.Center*(1-float64(in.Calibrated)/star)
		alone := Crossover(in.Replica.known(in.Replica.Demand.Center), in.Store.known(in.Store.Demand.Center))
		if want := factor * alone; !near(star, want, 1e-9) {
			t.Fatalf("N* is %v, but there replicas cost %v times as much, which makes it %v", star, factor, want)
		}
	})
	never := Inputs{Calibrated: 1, Replica: Measured{stats.Exactly(50e-6), 0.05}, Crowding: stats.Exactly(0.2)}
	if star := never.crossover(); !math.IsInf(star.Low, 1) {
		t.Errorf("without a store N* is %v", star)
	}
}
