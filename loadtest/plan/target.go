package plan

import (
	"fmt"
	"time"
)

// Target describes the cells of a deployment that the lab did not start, and so cannot give budgets or cores: what it answers in
// closed loop over rising numbers of connections, and how long it takes at fixed rates.
type Target struct {
	Slice       time.Duration `yaml:"slice"` // at least LongSlice where a replica's CPU time is told in ticks
	Rounds      int           `yaml:"rounds"`
	Connections []int         `yaml:"connections"` // in closed loop, rising, each once a round
	Rates       []float64     `yaml:"rates"`       // requests/s in open loop, Poisson arrivals
	Samples     int           `yaml:"samples"`     // for each rate
}

// LongSlice is how long a slice must be where CPU time is told in ticks of 10 ms.
const LongSlice = 2 * time.Second

// TargetName is the plan for a deployment that stands already.
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

// Visit is one of the loads that a target is visited with: closed loop over so many connections, or a rate.
type Visit struct {
	Round, Place int
	Connections  int     // in closed loop; 0 is open loop
	Rate         float64 // requests/s; 0 is closed loop
}

// Visits is the load of every slice in order: rounds of the closed loops, each in an order of its own, then the rates. Runs of one plan
// have the same, so that generators which begin together send the same at the same time.
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
		of := Latency{Slice: t.Slice, Samples: t.Samples}
		for range of.Slices(rate) {
			all = append(all, Visit{Round: round, Rate: rate})
			round++
		}
	}
	return all
}

// TargetPause is between two slices of generators that begin together: as long as the last answers and the reading of the meters may take.
const TargetPause = time.Second

func (t *Target) stage(p *Plan, c Costs) Stage {
	visits := len(p.Visits())
	return Stage{
		"target", fmt.Sprintf("%d slices × %v: %v connections, then %v requests/s", visits, t.Slice, t.Connections, t.Rates),
		time.Duration(visits)*(t.Slice+c.Drain) + time.Duration(p.Users)*c.SignIn,
	}
}
