package simulation

import (
	"fmt"
	"time"

	"authlab/loadtest/model"
)

// Law is the distribution of service times.
type Law int

// The distributions.
const (
	Constant    Law = iota // each request needs exactly the demand
	Exponential            // the demand is the mean
)

// Routing is how the balancer picks a replica.
type Routing int

// The routings.
const (
	RoundRobin Routing = iota
	Random             // as mean value analysis assumes
	Sticky             // each request belongs to one of Users, and each user has a fixed replica
)

// Period is the budget period of the lab.
const Period = 20 * time.Millisecond

// Config describes a run.
type Config struct {
	// Network is the cluster. A tier with several cores is that many threads behind one queue, which share its budget
	// equally. Its Connections and Delay are those of a closed loop; an open loop has neither.
	Network model.Network
	// Rate is the mean rate of Poisson arrivals, in requests/s; 0 means a closed loop.
	Rate    float64
	Service Law
	Routing Routing
	Users   int // of Sticky
	// Period is the period in which a budget is granted; 0 means the package's Period. A process that has used up its
	// quota is frozen until the next period.
	Period time.Duration
	// Slack is the CPU time beyond a period's quota that an idle process may have saved. Linux drops most of the unused
	// quota. But it hands the quota out in slices of up to 5 ms, and a core keeps the rest of its slice.
	Slack  time.Duration
	Warmup time.Duration // not counted
	Window time.Duration // counted
	Seed   uint64
}

// check returns an error that names the first invalid field.
func (c Config) check() error {
	n := c.Network
	if c.Rate > 0 {
		n.Connections = 1 // an open loop has none
	}
	if err := n.Check(); err != nil {
		return err
	}
	switch {
	// A run's clock counts ns. Written so that NaN is refused too.
	case !(c.Rate >= 0 && c.Rate <= 1e9) || n.Replica.Demand < 1e-9:
		return fmt.Errorf("simulation: %g requests/s of %g s each: a run resolves no time below 1 ns",
			c.Rate, n.Replica.Demand)
	case c.Window <= 0 || c.Warmup < 0 || c.Period < 0 || c.Slack < 0:
		return fmt.Errorf("simulation: window %s, warmup %s, period %s, slack %s", c.Window, c.Warmup, c.Period, c.Slack)
	case c.Routing == Sticky && c.Users < 1:
		return fmt.Errorf("simulation: sticky routing of %d users", c.Users)
	}
	return nil
}
