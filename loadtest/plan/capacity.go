package plan

import (
	"fmt"
	"slices"
	"time"

	"authlab/loadtest/message"
)

// Capacity describes the capacity cells: open-loop load, at rates that a search chooses, on a budgeted cluster behind
// the balancer.
type Capacity struct {
	Replicas []int         `yaml:"replicas"`
	Budget   Budget        `yaml:"budget"` // cores for each replica and for the store; Auto lets the machine decide
	Slice    time.Duration `yaml:"slice"`  // of one trial
	Trials   int           `yaml:"trials"` // at most, for each scheme and size: one a round
	P99      time.Duration `yaml:"p99"`    // the objective, measured from the time when a request was due
	Errors   float64       `yaml:"errors"` // the objective: the share of requests that may fail
}

// Site is a scheme at one size.
type Site struct {
	Scheme   Scheme
	Replicas int
}

// Sites returns the cells of the capacity stage. A scheme that loses logins has only the cell of one replica: on more
// replicas it would answer 401 fast.
func (p *Plan) Sites() []Site {
	var sites []Site
	for _, s := range p.AllSchemes() {
		for _, n := range p.Capacity.Replicas {
			if !s.LosesLogins || n == 1 {
				sites = append(sites, Site{s, n})
			}
		}
	}
	return sites
}

func (c *Capacity) check() error {
	if c == nil {
		return nil
	}
	switch {
	case !rising(c.Replicas):
		return fmt.Errorf("capacity.replicas must rise, between 1 and 64, not %v", c.Replicas)
	case c.Budget.check("capacity.budget") != nil:
		return c.Budget.check("capacity.budget")
	case c.Trials < 1 || c.Trials > 1000:
		return fmt.Errorf("capacity.trials must be between 1 and 1000, not %d", c.Trials)
	case c.P99 < time.Millisecond || c.P99 > c.Slice/4:
		return fmt.Errorf("capacity.p99 must be between 1ms and a quarter of capacity.slice, not %v: "+
			"within a slice a queue must be able to grow beyond it", c.P99)
	case !(c.Errors >= 0 && c.Errors < 1):
		return fmt.Errorf("capacity.errors must be a share from 0 to below 1, not %v", c.Errors)
	}
	return checkLoad("capacity", c.Slice, c.Trials, 1)
}

func rising(sizes []int) bool {
	return len(sizes) > 0 && slices.IsSorted(sizes) && sizes[0] >= 1 && sizes[len(sizes)-1] <= 64 &&
		len(slices.Compact(slices.Clone(sizes))) == len(sizes)
}

// stage predicts the capacity stage as if every search used all its trials. After each trial it adds the time of the
// objective, for the requests that are still unanswered.
func (c *Capacity) stage(p *Plan, costs Costs) Stage {
	sites := p.Sites()
	largest := c.Replicas[len(c.Replicas)-1]
	var schemes []Scheme
	for _, s := range sites {
		if len(schemes) == 0 || schemes[len(schemes)-1].Name != s.Scheme.Name {
			schemes = append(schemes, s.Scheme)
		}
	}
	return Stage{
		"capacity", fmt.Sprintf("%d cells × at most %d trials × %s", len(sites), c.Trials, message.Lasting(c.Slice)),
		time.Duration(len(schemes)*largest)*costs.Start + p.signIns(schemes, largest, costs) +
			time.Duration(len(sites)*c.Trials)*(c.Slice+c.P99+costs.Drain),
	}
}
