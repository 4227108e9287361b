package model

import (
	"testing"

	"pgregory.net/rapid"
)

// TestBoundsByHand works the example of mva_test.go: demands of 2, 3 and 1 s and a delay of 4 s. The slowest tier
// serves 1/3 of a request a second. Without waiting the throughput is M/10. Both meet at (6 + 4) / 3 connections. With
// M = 3 the balanced network has three stations of 2 s each, and each of the 2 other requests is at a station with a
// probability of 6/10: R ≥ 6 + 2·2·0.6 = 8.4 s, X ≤ 3/12.4. In the worst case
// R ≤ 6 + 2·3 / (1 + 4/18) = 120/11 s and X ≥ 3 / (120/11 + 4) = 33/164. Mean value analysis gives 0.229.
func TestBoundsByHand(t *testing.T) {
	b := bounded(t, timesharing(3))
	for name, v := range map[string][2]float64{
		"ceiling": {b.Ceiling, 1.0 / 3}, "light": {b.Light, 0.3}, "knee": {b.Knee, 10.0 / 3},
		"high": {b.High, 3 / 12.4}, "low": {b.Low, 33.0 / 164},
	} {
		if !near(v[0], v[1], 1e-12) {
			t.Errorf("%s is %v, want %v", name, v[0], v[1])
		}
	}
	if b.Bottleneck != AtStore {
		t.Errorf("the bottleneck is the %s", b.Bottleneck)
	}
}

// TestBottlenecksOfTheLab: with 0.05 core each and 50 and 10 µs a request, a replica answers 1,000/s and the store
// 5,000/s.
func TestBottlenecksOfTheLab(t *testing.T) {
	n := Network{Connections: 1000, Replica: Tier{50e-6, 0.05}, Store: Tier{10e-6, 0.05}, Balancer: Tier{40e-6, 1}}
	for replicas, want := range map[int]struct {
		bottleneck Bottleneck
		ceiling    float64
	}{1: {AtReplicas, 1000}, 4: {AtReplicas, 4000}, 5: {AtStore, 5000}, 8: {AtStore, 5000}} {
		n.Replicas = replicas
		if b := bounded(t, n); b.Bottleneck != want.bottleneck || !near(b.Ceiling, want.ceiling, 1e-12) {
			t.Errorf("%d replicas: %+v, want %+v", replicas, b, want)
		}
	}
	n.Store.Demand, n.Replicas = 0, 100
	if b := bounded(t, n); b.Bottleneck != AtBalancer || !near(b.Ceiling, 25_000, 1e-12) {
		t.Errorf("100 replicas without a store: %+v", b)
	}
}

func TestThroughputLiesWithinTheBounds(t *testing.T) {
	const slack = 1 + 1e-12
	rapid.Check(t, func(t *rapid.T) {
		n := anyNetwork(t)
		x, b := solved(t, n).Throughput, bounded(t, n)
		if x > b.High*slack || x*slack < b.Low || b.High > b.Ceiling*slack || b.High > b.Light*slack {
			t.Fatalf("%v requests/s, bounds %+v", x, b)
		}
		if (b.Light < b.Ceiling) != (float64(n.Connections) < b.Knee) && !near(b.Light, b.Ceiling, 1e-9) {
			t.Fatalf("%d connections, bounds %+v", n.Connections, b)
		}
	})
}
