package model

import "math"

// Wall is the tier that gives out first.
type Wall string

// The walls, by the names that the tiers have everywhere else.
const (
	AtReplicas Wall = "replica"
	AtStore    Wall = "store"
	AtBalancer Wall = "balancer"
)

// Bounds is between what a network's throughput must lie, however its requests queue. Rates are requests/s.
type Bounds struct {
	Wall    Wall    `json:"wall"`    // the tier that gives out first as connections are added; of equals the shared one
	Ceiling float64 `json:"ceiling"` // what the wall lets through: min(N·q/D_replica, c/D_store, c/D_balancer)
	Light   float64 `json:"light"`   // what the connections ask for if no request ever waits: M / (Σ D/q + Z)
	Knee    float64 `json:"knee"`    // connections at which Light reaches Ceiling; with fewer no wall is reached
	// Low and High are the balanced job bounds, which lie within the two above.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bounds returns the asymptotic bounds, and the balanced job bounds of Zahorjan, Sevcik, Eager and Galler, "Balanced Job Bound
// Analysis of Queueing Networks", Communications of the ACM 25(2), 1982, with a delay as in Lazowska, Zahorjan, Graham and Sevcik,
// "Quantitative System Performance", Prentice-Hall 1984, chapter 5. The error is Check's.
func (n Network) Bounds() (Bounds, error) {
	if err := n.Check(); err != nil {
		return Bounds{}, err
	}
	replicas := float64(n.Replicas)
	stations, slowest, b := replicas, n.Replica.service()/replicas, Bounds{Wall: AtReplicas}
	for _, t := range []struct {
		wall    Wall
		service float64
	}{{AtBalancer, n.Balancer.service()}, {AtStore, n.Store.service()}} {
		if t.service > 0 {
			stations++
		}
		if t.service >= slowest {
			slowest, b.Wall = t.service, t.wall
		}
	}
	m, z := float64(n.Connections), n.delay()
	all := n.Replica.service() + n.Store.service() + n.Balancer.service()
	b.Ceiling, b.Light, b.Knee = 1/slowest, m/(all+z), (all+z)/slowest
	// A balanced network with as many stations and the same demand in all is the best there can be, one whose every station is
	// as slow as the slowest the worst. The last factor is the share of the other requests that are at a station at all.
	b.High = math.Min(b.Ceiling, m/(all+z+(m-1)*all/stations/(1+z/all)))
	b.Low = m / (all + z + (m-1)*slowest/(1+z/(m*all)))
	return b, nil
}
