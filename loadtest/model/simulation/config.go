package simulation

import (
	"fmt"
	"time"

	"authlab/loadtest/model"
)

// Law is how service times vary.
type Law int

// The laws.
const (
	Constant    Law = iota // each request needs just the demand
	Exponential            // the demand is the mean
)

// Routing is how the balancer picks a replica.
type Routing int

// The routings.
const (
	RoundRobin Routing = iota
	Random             // what mean value analysis assumes
	Sticky             // each request is one of Users', each of whom has a replica
)

// Period is the lab's own period of a budget.
const Period = 20 * time.Millisecond

// Config describes a run.
type Config struct {
	// Network is the cluster. A tier with several cores is that many threads in front of one queue, which share its budget
	// equally. Its Connections and Delay are those of a closed loop; an open one has neither.
	Network model.Network
	// Rate is the mean of Poisson arrivals, requests/s; 0 asks for a closed loop.
	Rate    float64
	Service Law
	Routing Routing
	Users   int // of Sticky
	// Period is what a budget is granted in; 0 means the package's. A process whose quota is gone is frozen until the next.
	Period time.Duration
	// Slack is CPU time beyond a period's quota that a process which has rested may have saved. Linux lets go of most of what
	// is not used, but hands the quota out in slices of up to 5 ms and lets a core keep what it has of one.
	Slack  time.Duration
	Warmup time.Duration // not counted
	Window time.Duration // counted
	Seed   uint64
}

// check returns an error that names the first field with which there is no run.
func (c Config) check() error {
	n := c.Network
	if c.Rate > 0 {
		n.Connections = 1 // an open loop has none
	}
	if err := n.Check(); err != nil {
		return err
	}
	switch {
	case !(c.Rate >= 0 && c.Rate <= 1e9) || n.Replica.Demand < 1e-9: // a run's clock counts ns; the form refuses NaN too
		return fmt.Errorf("simulation: %g requests/s of %g s each: a run knows nothing below 1 ns", c.Rate, n.Replica.Demand)
	case c.Window <= 0 || c.Warmup < 0 || c.Period < 0 || c.Slack < 0:
		return fmt.Errorf("simulation: window %s, warmup %s, period %s, slack %s", c.Window, c.Warmup, c.Period, c.Slack)
	case c.Routing == Sticky && c.Users < 1:
		return fmt.Errorf("simulation: sticky routing of %d users", c.Users)
	}
	return nil
}
