package demo

import (
	"math"

	"authlab/loadtest/demo/lesson"
	"authlab/loadtest/message"
)

// race writes what came of load, a line for each number of replicas.
func (p Plain) race(r *lesson.Race) {
	if r == nil {
		return
	}
	for i, l := range r.Laps {
		if i+1 < len(r.Laps) && r.Laps[i+1].Replicas == l.Replicas {
			continue
		}
		l = r.At(l.Replicas)
		m := message.New("demo.plain.lap", "replicas", l.Replicas, "answers", l.PerSecond, "failed", l.Failed,
			"most", r.Cost.Most(float64(l.Replicas)))
		p.say("  ", m, "\n")
	}
	if len(r.Laps) > 0 && !math.IsInf(r.Cost.Crossover(), 1) {
		last := r.Laps[len(r.Laps)-1]
		p.say("  ", message.New("demo.plain.full", "used", r.At(last.Replicas).Store, "said", r.Cost.Crossover(),
			"found", r.Bend()), "\n")
	}
}
