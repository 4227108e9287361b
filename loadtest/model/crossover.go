package model

import (
	"math"

	"authlab/loadtest/stats"
)

// Measured is a tier whose demand was measured: CPU seconds a request, with the interval in which it is known.
type Measured struct {
	Demand stats.Interval `json:"demand_s"`
	Cores  float64        `json:"cores"`
}

// known is the tier with one of its possible demands.
func (m Measured) known(demand float64) Tier { return Tier{Demand: demand, Cores: m.Cores} }

// Crossover returns N*, the number of replicas whose budgets together let through as much as the shared tier does: beyond it the
// shared tier is the wall, and more replicas answer no more. It is +Inf where requests need nothing of the shared tier.
func Crossover(replica, shared Tier) float64 {
	if shared.Demand == 0 {
		return math.Inf(1)
	}
	return replica.service() / shared.service()
}

// crossover returns N* with its interval. A crowd makes replicas dearer, so that more of them are needed before the store is the
// wall: with K what Crossover would say of the calibrated size, N* = K (1 + c (1 − n/N*)), a quadratic equation.
func (in Inputs) crossover() stats.Interval {
	k, n := CrossoverInterval(in.Replica, in.Store), float64(in.Calibrated)
	at := func(k, c float64) float64 {
		p := k * (1 + c)
		if math.IsInf(p, 1) || k <= n { // the store is the wall from the calibrated size on, or never
			return k
		}
		return (p + math.Sqrt(p*p-4*k*c*n)) / 2
	}
	c := in.Crowding
	return stats.Interval{Center: at(k.Center, c.Center), Low: at(k.Low, c.Low), High: at(k.High, c.High)}
}

// CrossoverInterval returns N* by interval arithmetic: its ends are those of the demands that lie furthest apart. Whatever the
// demands are within their intervals, N* is within this one, so that with two independent intervals of 95 % it holds N* with at
// least 90 %; demands of the same rounds err together and do better. It is wider than it need be, never narrower.
func CrossoverInterval(replica, shared Measured) stats.Interval {
	at := func(r, s float64) float64 { return Crossover(replica.known(r), shared.known(s)) }
	r, s := replica.Demand, shared.Demand
	return stats.Interval{Center: at(r.Center, s.Center), Low: at(r.Low, s.High), High: at(r.High, s.Low)}
}
