package model

import (
	"fmt"
	"math"
)

// Tier is one kind of process in the model. The zero Tier is an absent tier.
type Tier struct {
	// Demand is the CPU time of a request, in seconds.
	Demand float64 `json:"demand_s"`
	// Cores is the budget of each of the tier's processes. A process with a single thread, such as a store, has at most 1,
	// however large its machine.
	Cores float64 `json:"cores"`
}

// Network is a closed queueing network: Connections requests circulate through the balancer, one of the replicas, and
// the store.
type Network struct {
	Replicas    int     `json:"replicas"`    // equal; each gets the same share of the requests
	Connections int     `json:"connections"` // in total, each with one request in flight
	Replica     Tier    `json:"replica"`
	Store       Tier    `json:"store"`
	Balancer    Tier    `json:"balancer"`
	Delay       float64 `json:"delay_s"` // s a request spends without queueing: thinking, on the wire
}

// Check returns an error that names the first impossible field.
func (n Network) Check() error {
	if n.Replicas < 1 || n.Connections < 1 {
		return fmt.Errorf("model: %d replicas and %d connections: at least 1 of each is needed", n.Replicas, n.Connections)
	}
	if n.Replica.Demand == 0 {
		return fmt.Errorf("model: the throughput of requests without a demand on a replica has no limit")
	}
	for _, t := range []struct {
		name string
		Tier
	}{{"replica", n.Replica}, {"store", n.Store}, {"balancer", n.Balancer}} {
		if !finite(t.Demand) || t.Demand < 0 {
			return fmt.Errorf("model: the %s's demand of %g s a request is not a demand", t.name, t.Demand)
		}
		if t.Demand > 0 && (!finite(t.Cores) || t.Cores <= 0) {
			return fmt.Errorf("model: the %s's budget of %g cores is not a budget", t.name, t.Cores)
		}
	}
	if !finite(n.Delay) || n.Delay < 0 {
		return fmt.Errorf("model: a delay of %g s is not a delay", n.Delay)
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// service returns how many seconds a request occupies one process, so that other requests have to wait.
func (t Tier) service() float64 {
	if t.Demand == 0 {
		return 0
	}
	return t.Demand / t.Cores
}

// alone returns how many seconds a request takes beyond service even without waiting. A request runs on one core at a
// time, so further cores serve other requests only. The model therefore replaces a process with several cores by a
// queue in front of a server that is that many times as fast, and a delay (Seidmann, Schweitzer and Shalev-Oren,
// "Computerized Closed Queueing Network Models of Flexible Manufacturing Systems", Large Scale Systems 12, 1987). This
// is exact at both ends, with one request and with many.
func (t Tier) alone() float64 {
	if t.Cores <= 1 {
		return 0
	}
	return t.Demand - t.service()
}

// delay returns the total time of a request without queueing.
func (n Network) delay() float64 {
	return n.Delay + n.Replica.alone() + n.Store.alone() + n.Balancer.alone()
}
