package model

import (
	"math"

	"authlab/loadtest/stats"
)

// Measured is a tier with a measured demand: CPU seconds a request, with its confidence interval.
type Measured struct {
	Demand stats.Interval `json:"demand_s"`
	Cores  float64        `json:"cores"`
}

// known returns the tier with one of its possible demands.
func (m Measured) known(demand float64) Tier { return Tier{Demand: demand, Cores: m.Cores} }

// Crossover returns N*, the number of replicas whose budgets together give the same throughput as the shared tier.
// Beyond it the shared tier is the bottleneck, and more replicas do not raise the throughput. It is +Inf where requests
// do not use the shared tier.
func Crossover(replica, shared Tier) float64 {
	if shared.Demand == 0 {
		return math.Inf(1)
	}
	return replica.service() / shared.service()
}

// crossover returns N* with its interval. Crowding raises the cost per request in the replicas, so that it takes more
// of them to make the store the bottleneck. With K = Crossover at the calibrated size, N* = K (1 + c (1 − n/N*)), a
// quadratic equation.
func (in Inputs) crossover() stats.Interval {
	k, n := CrossoverInterval(in.Replica, in.Store), float64(in.Calibrated)
	at := func(k, c float64) float64 {
		p := k * (1 + c)
		if math.IsInf(p, 1) || k <= n { // the store is the bottleneck from the calibrated size on, or never
			return k
		}
		return (p + math.Sqrt(p*p-4*k*c*n)) / 2
	}
	c := in.Crowding
	return stats.Interval{Center: at(k.Center, c.Center), Low: at(k.Low, c.Low), High: at(k.High, c.High)}
}

// CrossoverInterval returns N* by interval arithmetic: its ends come from the extreme demands. For any demands within
// their intervals, N* lies within the result. With two independent intervals of 95 % it therefore contains N* with at
// least 90 %. Demands from the same rounds have correlated errors and do better. The interval is wider than necessary,
// never too narrow.
func CrossoverInterval(replica, shared Measured) stats.Interval {
	at := func(r, s float64) float64 { return Crossover(replica.known(r), shared.known(s)) }
	r, s := replica.Demand, shared.Demand
	return stats.Interval{Center: at(r.Center, s.Center), Low: at(r.Low, s.High), High: at(r.High, s.Low)}
}
