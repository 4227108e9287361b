package replay

import (
	"fmt"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

const key = "replay"

// Part is the kind's part of a plan.
type Part struct {
	Slice       time.Duration `yaml:"slice"`       // of a replica's load, and of the replay that follows it
	Rounds      int           `yaml:"rounds"`      // at each start
	Starts      int           `yaml:"starts"`      // of replica and store; with fewer than 6 there are no intervals
	Connections int           `yaml:"connections"` // to the replica
	// Lanes are the connections of the replay to the store. Each stands for a replica.
	Lanes int `yaml:"lanes"`
}

const (
	mostRounds = 10_000
	mostLanes  = 256
)

// Key implements plan.Part.
func (p *Part) Key() string { return key }

// Check implements plan.Part.
func (p *Part) Check(*plan.Plan) error {
	switch {
	case p.Slice <= 0 || p.Slice > time.Minute || p.Rounds < 1 || p.Rounds > mostRounds:
		return fmt.Errorf("replay needs a slice, up to 1m, and 1 to %d rounds, not %v and %d", mostRounds, p.Slice,
			p.Rounds)
	case p.Starts < 1 || p.Starts > plan.MostStarts:
		return fmt.Errorf("replay needs 1 to %d starts, not %d", plan.MostStarts, p.Starts)
	case p.Connections < 1 || p.Connections > plan.MostConnections || p.Lanes < 2 || p.Lanes > mostLanes:
		return fmt.Errorf("replay needs 1 to %d connections and 2 to %d lanes, not %d and %d", plan.MostConnections,
			mostLanes, p.Connections, p.Lanes)
	}
	return nil
}

// schemes are the schemes with a Redis, those whose cost alone is measured too.
func schemes(p *plan.Plan) []plan.Scheme {
	var all []plan.Scheme
	for _, s := range p.CostSchemes() {
		if s.Store && !s.Postgres {
			all = append(all, s)
		}
	}
	return all
}

// asking are those of the schemes whose requests ask it, by their design. Every slice of a demand cell is held to that.
func asking(p *plan.Plan) []plan.Scheme {
	var all []plan.Scheme
	for _, s := range schemes(p) {
		if s.StoreOps > 0 {
			all = append(all, s)
		}
	}
	return all
}

// Stage implements plan.Part.
func (p *Part) Stage(of *plan.Plan, c plan.Costs) plan.Stage {
	n := len(asking(of))
	start := c.Start + time.Duration(of.Users)*c.SignIn + p.Slice + recording
	round := 2 * (p.Slice + c.Hop)
	return plan.Stage{
		Name: key, Time: time.Duration(n*p.Starts) * (start + time.Duration(p.Rounds)*round),
		Detail: message.New("replay.stage", "schemes", message.Count(n, "scheme"),
			"starts", message.Count(p.Starts, "start"), "rounds", p.Rounds, "slice", p.Slice).String(),
	}
}
