package model

import "math"

// Bottleneck is the bottleneck: the tier that saturates first.
type Bottleneck string

// The bottlenecks, by the usual names of the tiers.
const (
	AtReplicas Bottleneck = "replica"
	AtStore    Bottleneck = "store"
	AtBalancer Bottleneck = "balancer"
)

// Bounds are the limits of a network's throughput, however its requests queue. Rates are requests/s.
type Bounds struct {
	Bottleneck Bottleneck `json:"wall"`    // saturates first as connections are added; of equal tiers the shared one
	Ceiling    float64    `json:"ceiling"` // throughput of the bottleneck: min(N·q/D_replica, c/D_store, c/D_balancer)
	Light      float64    `json:"light"`   // throughput if no request ever waits: M / (Σ D/q + Z)
	Knee       float64    `json:"knee"`    // connections at which Light reaches Ceiling; with fewer no tier is saturated
	// Low and High are the balanced job bounds, which lie within the two above.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bounds returns the asymptotic bounds, and the balanced job bounds of Zahorjan, Sevcik, Eager and Galler, "Balanced
// Job Bound Analysis of Queueing Networks", Communications of the ACM 25(2), 1982, with a delay as in Lazowska,
// Zahorjan, Graham and Sevcik, "Quantitative System Performance", Prentice-Hall 1984, chapter 5. The error is Check's.
func (n Network) Bounds() (Bounds, error) {
	if err := n.Check(); err != nil {
		return Bounds{}, err
	}
	replicas := float64(n.Replicas)
	stations, slowest, b := replicas, n.Replica.service()/replicas, Bounds{Bottleneck: AtReplicas}
	for _, t := range []struct {
		which   Bottleneck
		service float64
	}{{AtBalancer, n.Balancer.service()}, {AtStore, n.Store.service()}} {
		if t.service > 0 {
			stations++
		}
		if t.service >= slowest {
			slowest, b.Bottleneck = t.service, t.which
		}
	}
	m, z := float64(n.Connections), n.delay()
	all := n.Replica.service() + n.Store.service() + n.Balancer.service()
	b.Ceiling, b.Light, b.Knee = 1/slowest, m/(all+z), (all+z)/slowest
	// The best case is a balanced network with as many stations and the same total demand. The worst case is a network in
	// which every station is as slow as the slowest. The last factor is the share of the other requests that are at a
	// station, not in the delay.
	b.High = math.Min(b.Ceiling, m/(all+z+(m-1)*all/stations/(1+z/all)))
	b.Low = m / (all + z + (m-1)*slowest/(1+z/(m*all)))
	return b, nil
}
