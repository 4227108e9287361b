package model

// Partly is what a request costs a tier that uses a part of its budget.
type Partly struct {
	Share  float64 `json:"share_of_budget"`
	Demand float64 `json:"demand_s"`
}

// at is the demand of a store that uses that share of its budget: between the shares that were measured, on the line
// between their demands; below them, the first; and at 1 what it is when the store is full.
func at(partly []Partly, full, share float64) float64 {
	below := Partly{Share: 0}
	for i, p := range append(partly[:len(partly):len(partly)], Partly{1, full}) {
		if share <= p.Share {
			if i == 0 {
				return p.Demand
			}
			return below.Demand + (p.Demand-below.Demand)*(share-below.Share)/(p.Share-below.Share)
		}
		below = p
	}
	return full
}

// solve is the steady state of the cluster of a size at a corner.
func (in Inputs) solve(replicas int, corner corner) (Solution, error) {
	return in.settled(replicas, corner).Throughput()
}

// settled is the cluster of a size at a corner, with what a request costs a store as busy as the store then is. The
// busier it is, the less a request costs it, so that the share of its budget is found by bisection. The error of a
// network that cannot be is left to who solves it.
func (in Inputs) settled(replicas int, corner corner) Network {
	n := in.network(replicas, corner)
	if len(in.StorePartly) == 0 || n.Store.Demand == 0 {
		return n
	}
	full, unsure := n.Store.Demand, n.Store.Demand/in.Store.Demand.Center
	low, high := 0.0, 1.0
	for range 30 {
		middle := (low + high) / 2
		// A request costs no less than it costs a store that is full.
		n.Store.Demand = max(full, unsure*at(in.StorePartly, in.Store.Demand.Center, middle))
		s, err := n.Throughput()
		if err != nil {
			break
		}
		if s.Store.Utilization > middle {
			low = middle
		} else {
			high = middle
		}
	}
	return n
}
