package simulation

import (
	"fmt"
	"math"
	"time"
)

// Objective is the objective that a rate must meet.
type Objective struct {
	P99    time.Duration // from the time when a request was due
	Growth float64       // of the requests in flight, as a share of the rate: beyond it answers lag behind
}

// Usual is the lab's objective.
func Usual() Objective { return Objective{P99: 100 * time.Millisecond, Growth: 0.01} }

// Held reports whether a run at a rate met the objective.
func (o Objective) Held(r Result, rate float64) bool {
	return r.Requests > 0 && r.P99 <= o.P99 && r.Growth <= o.Growth*rate
}

// Bracket holds the rates, in requests/s, between which a cluster's capacity lies.
type Bracket struct {
	Held   float64 `json:"held"`   // the highest rate that met the objective; 0 if none did
	Failed float64 `json:"failed"` // the lowest rate that missed it
	Trials int     `json:"trials"`
}

// Capacity searches for the highest Poisson rate that meets the objective. It stops when the bracket is no wider than
// the given share of it. The window must be long compared with the objective: in a short window an unstable queue has
// no time to grow. The Config's Rate is not used. The error is Run's, or says that the width is invalid.
func Capacity(c Config, o Objective, width float64) (Bracket, error) {
	if !(width > 0) {
		return Bracket{}, fmt.Errorf("simulation: a bracket of width %g", width)
	}
	c.Network.Connections = 1 // not used here
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
			return b, nil // not even a tiny rate meets the objective
		default:
			c.Rate /= step
		}
	}
	return b, nil
}
