package simulation

import (
	"fmt"
	"math"
	"time"
)

// Objective is what a rate must hold to.
type Objective struct {
	P99    time.Duration // from when a request was due
	Growth float64       // of the requests in flight, as a share of the rate: beyond it, answers do not keep up with requests
}

// Usual is the lab's objective.
func Usual() Objective { return Objective{P99: 100 * time.Millisecond, Growth: 0.01} }

// Held reports whether a run at a rate held to the objective.
func (o Objective) Held(r Result, rate float64) bool {
	return r.Requests > 0 && r.P99 <= o.P99 && r.Growth <= o.Growth*rate
}

// Bracket is between which rates, requests/s, a cluster's capacity lies.
type Bracket struct {
	Held   float64 `json:"held"`   // the highest that held; 0 when none did
	Failed float64 `json:"failed"` // the lowest that did not
	Trials int     `json:"trials"`
}

// Capacity searches for the highest Poisson rate that holds to the objective, until the bracket is no wider than that share of it.
// The window must be long against the objective: in a short one a queue that grows for ever has no time to grow. The Config's own
// Rate is not used. The error is Run's, or says that the width is none.
func Capacity(c Config, o Objective, width float64) (Bracket, error) {
	if !(width > 0) {
		return Bracket{}, fmt.Errorf("simulation: a bracket of width %g", width)
	}
	c.Network.Connections = 1 // of no meaning here
	bounds, err := c.Network.Bounds()
	if err != nil {
		return Bracket{}, err
	}
	const step = 1.25
	b := Bracket{Failed: math.Inf(1)}
	for c.Rate = bounds.Ceiling / step; b.Failed > b.Held*(1+width); b.Trials++ {
		r, err := Run(c)
		if err != nil {
			return Bracket{}, err
		}
		if o.Held(r, c.Rate) {
			b.Held = c.Rate
		} else {
			b.Failed = c.Rate
		}
		switch {
		case math.IsInf(b.Failed, 1):
			c.Rate *= step
		case b.Held > 0:
			c.Rate = math.Sqrt(b.Held * b.Failed)
		case c.Rate < bounds.Ceiling/1000:
			return b, nil // not even next to nothing holds
		default:
			c.Rate /= step
		}
	}
	return b, nil
}
