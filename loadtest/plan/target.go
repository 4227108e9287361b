package plan

import (
	"fmt"
	"time"

	"authlab/loadtest/message"
)

// Target describes the cells of a deployment that the lab did not start, and to which it cannot give budgets or cores.
// They measure the throughput in closed loop over rising numbers of connections, and the latency at fixed rates.
type Target struct {
	Slice       time.Duration `yaml:"slice"` // at least LongSlice where a replica's CPU time is counted in ticks
	Rounds      int           `yaml:"rounds"`
	Connections []int         `yaml:"connections"` // in closed loop, rising, each once a round
	Rates       []float64     `yaml:"rates"`       // requests/s in open loop, Poisson arrivals
	Samples     int           `yaml:"samples"`     // for each rate
}

// LongSlice is the least length of a slice where CPU time is counted in ticks of 10 ms.
const LongSlice = 2 * time.Second

// TargetName is the plan for a deployment that already runs.
const TargetName = "target"

func (t *Target) check() error {
	switch {
	case t == nil:
		return nil
	case !rising(t.Connections):
		return fmt.Errorf("target.connections must rise, between 1 and 64, not %v", t.Connections)
	case len(t.Rates) > 0 && t.Samples < 1 || t.Samples < 0 || t.Samples > mostSamples:
		return fmt.Errorf("target.samples must be between 1 and %d, not %d", mostSamples, t.Samples)
	}
	return first(checkRates("target", t.Rates), checkLoad("target", t.Slice, t.Rounds, 1))
}

// Visit is one load on a target: closed loop over a number of connections, or open loop at a rate.
type Visit struct {
	Round, Place int
	Connections  int     // in closed loop; 0 is open loop
	Rate         float64 // requests/s; 0 is closed loop
}

// Visits returns the load of every slice in order: rounds of the closed loops, each shuffled, then the rates. Runs of
// one plan have the same order, so that generators that start together send the same load at the same time.
func (p *Plan) Visits() []Visit {
	var all []Visit
	t := p.Target
	for round := range t.Rounds {
		for place, i := range p.Shuffle(TargetCell, round, len(t.Connections)) {
			all = append(all, Visit{Round: round, Place: place, Connections: t.Connections[i]})
		}
	}
	round := t.Rounds
	for _, rate := range t.Rates {
		// As in Latency.Slices: random arrivals are sometimes fewer than their mean.
		latency := Latency{Slice: t.Slice, Samples: t.Samples}
		for range latency.Slices(rate) {
			all = append(all, Visit{Round: round, Rate: rate})
			round++
		}
	}
	return all
}

// TargetPause is the pause between two slices of generators that start together: it leaves time for the last answers
// and for reading the meters.
const TargetPause = time.Second

func (t *Target) stage(p *Plan, c Costs) Stage {
	visits := len(p.Visits())
	return Stage{
		"target", fmt.Sprintf("%d slices × %s: %v connections, then %v requests/s", visits, message.Lasting(t.Slice),
			t.Connections, t.Rates),
		time.Duration(visits)*(t.Slice+c.Drain) + time.Duration(p.Users)*c.SignIn,
	}
}
