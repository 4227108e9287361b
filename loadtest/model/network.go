package model

import (
	"fmt"
	"math"
)

// Tier is one kind of process, as the model knows it. A tier that is not there is the zero Tier.
type Tier struct {
	// Demand is CPU seconds a request.
	Demand float64 `json:"demand_s"`
	// Cores is the budget of each of the tier's processes. A process that works on one core at a time, as a store with a single
	// thread does, has at most 1, however large its machine.
	Cores float64 `json:"cores"`
}

// Network is a closed queueing network: Connections requests circulate through the balancer, one of the replicas, and the store.
type Network struct {
	Replicas    int     `json:"replicas"`    // equal; each gets the same share of the requests
	Connections int     `json:"connections"` // in all, each with one request under way
	Replica     Tier    `json:"replica"`
	Store       Tier    `json:"store"`
	Balancer    Tier    `json:"balancer"`
	Delay       float64 `json:"delay_s"` // s a request spends where nobody waits for anybody: thinking, on the wire
}

// Check returns an error that names the first field that no cluster can have.
func (n Network) Check() error {
	if n.Replicas < 1 || n.Connections < 1 {
		return fmt.Errorf("model: %d replicas and %d connections: at least 1 of each is needed", n.Replicas, n.Connections)
	}
	if n.Replica.Demand == 0 {
		return fmt.Errorf("model: a request that needs nothing of a replica has no limit")
	}
	for _, t := range []struct {
		name string
		Tier
	}{{"replica", n.Replica}, {"store", n.Store}, {"balancer", n.Balancer}} {
		if !finite(t.Demand) || t.Demand < 0 {
			return fmt.Errorf("model: the %s's demand of %g s a request is no demand", t.name, t.Demand)
		}
		if t.Demand > 0 && (!finite(t.Cores) || t.Cores <= 0) {
			return fmt.Errorf("model: the %s's budget of %g cores is no budget", t.name, t.Cores)
		}
	}
	if !finite(n.Delay) || n.Delay < 0 {
		return fmt.Errorf("model: a delay of %g s is no delay", n.Delay)
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// service is how many seconds of the whole of one process a request takes: what others have to wait for.
func (t Tier) service() float64 {
	if t.Demand == 0 {
		return 0
	}
	return t.Demand / t.Cores
}

// alone is how many seconds a request takes beyond service even where nobody waits: it runs on one core at a time, so that
// further cores serve others, not it. A process with several cores is so taken for one queue in front of a server that is that
// many times as fast, and a delay (Seidmann, Schweitzer and Shalev-Oren, "Computerized Closed Queueing Network Models of Flexible
// Manufacturing Systems", Large Scale Systems 12, 1987), which is exact at both ends, with one request and with many.
func (t Tier) alone() float64 {
	if t.Cores <= 1 {
		return 0
	}
	return t.Demand - t.service()
}

// delay is the time for which nobody waits, in all.
func (n Network) delay() float64 {
	return n.Delay + n.Replica.alone() + n.Store.alone() + n.Balancer.alone()
}
