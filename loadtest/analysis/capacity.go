package analysis

import (
	"slices"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Capacity is the highest rate at which a scheme of one size met the plan's objective.
type Capacity struct {
	Name     string      `json:"scheme"` // the scheme's name
	Scheme   plan.Scheme `json:"-"`
	Replicas int         `json:"replicas"` // their number
	Budget   float64     `json:"budget"`   // cores of each replica, and of the store
	Bracket
	Trials []Trial `json:"trials"` // in the order of rounds
}

// Trial is one slice of a search.
type Trial struct {
	Round   int              `json:"round"`        // counted from 0
	Rate    float64          `json:"rate"`         // requests/s asked for
	Outcome Outcome          `json:"outcome"`      // whether the rate held the objective
	Why     message.Sentence `json:"why,omitzero"` // it is not Held
	P99     time.Duration    `json:"p99_ns"`       // from when a request was due; of a single trial, so of few samples
	Failed  float64          `json:"share_failed"` // of the requests
	Drain   time.Duration    `json:"drain_ns"`     // from the window's end to the last answer
}

// TooSlow is the key of a trial's Why that its P99 already shows.
const TooSlow = "trial.p99"

// crowd is the mean number of requests in flight from which the service's queue is taken to have used up the
// generator's places: half of what an open loop keeps in flight.
const crowd = 256

// Try judges a slice of a capacity cell by the objective.
//
// The end of the slice decides whether the requests in flight grew: what was in flight when the last request was due
// took longer than the objective to be answered. A queue that grows more slowly than the objective in a slice's time is
// not seen.
func Try(m *measure.Measurement, c *plan.Capacity) Trial {
	t := Trial{Round: m.Round, Rate: m.Rate, Drain: m.Drain}
	if m.Corrected == nil || m.Latency == nil || m.Counted == 0 {
		t.Outcome, t.Why = Unusual, message.Say("trial.unanswered")
		return t
	}
	t.P99 = time.Duration(m.Corrected.ValueAtQuantile(99))
	t.Failed = failed(m)
	generator, other := split(m.Doubts)
	switch missed := t.missed(c); {
	case !other.IsZero():
		t.Outcome, t.Why = Unusual, other
	case missed.IsZero() && generator.IsZero():
		t.Outcome = Held
	case generator.IsZero() || servers(m, c):
		t.Outcome, t.Why = Broke, missed
	default:
		t.Outcome, t.Why = Limited, generator
	}
	return t
}

// missed says which part of the objective a trial missed; empty when it held.
func (t *Trial) missed(c *plan.Capacity) message.Sentence {
	switch {
	case t.Failed > c.Errors:
		return message.Say("trial.failed", "share", t.Failed)
	case t.P99 > c.P99:
		return message.Say(TooSlow, "ms", t.P99.Milliseconds())
	case t.Drain > c.P99:
		return message.Say("trial.drain", "ms", t.Drain.Milliseconds())
	default:
		return message.Sentence{}
	}
}

// split separates the doubts about the generator from the others: the first of each.
func split(doubts []measure.Doubt) (generator, other message.Sentence) {
	for _, d := range doubts {
		into := &other
		if d.Reason == measure.GeneratorBound || d.Reason == measure.ThrottledGenerator {
			into = &generator
		}
		if into.IsZero() {
			*into = message.Sentence{Message: d.Said}
		}
	}
	return generator, other
}

// servers reports whether the service missed the objective, however late the generator was. Requests failed, or were
// slow from when they were sent, or filled all the places that the generator keeps in flight, so that it had to wait
// for the service.
func servers(m *measure.Measurement, c *plan.Capacity) bool {
	if failed(m) > c.Errors || time.Duration(m.Latency.ValueAtQuantile(99)) > c.P99 {
		return true
	}
	late := time.Duration(m.Corrected.ValueAtQuantile(99)) > c.P99
	inFlight := float64(m.Latency.TotalCount()) * m.Latency.Mean() / float64(c.Slice+max(0, m.Drain)) // Little's law
	return late && inFlight >= crowd
}

// failed is the share of requests that were not answered correctly.
func failed(m *measure.Measurement) float64 {
	return float64(int64(m.Counted)-m.Latency.TotalCount()) / float64(m.Counted)
}

// capacity finds what the trials of each cell say. A trial that the service failed counts although the generator was
// late too: its doubts are lifted.
func (a *Analysis) capacity() {
	c := a.Run.Plan.Capacity
	if c == nil {
		return
	}
	for _, site := range a.Run.Plan.Sites() {
		cell := Capacity{Name: site.Scheme.Name, Scheme: site.Scheme, Replicas: site.Replicas}
		var own []*measure.Measurement
		for i := range a.slices {
			m := &a.slices[i]
			if m.Kind != plan.CapacityCell || m.Scheme != cell.Name || m.Replicas != cell.Replicas {
				continue
			}
			t := Try(m, c)
			if t.Outcome == Broke {
				m.Doubts = nil
			}
			cell.Trials, own = append(cell.Trials, t), append(own, m)
		}
		if len(own) == 0 {
			continue
		}
		slices.SortStableFunc(cell.Trials, func(x, y Trial) int { return x.Round - y.Round })
		cell.Budget, cell.Bracket = usual(own, "replica"), bracket(cell.Trials)
		a.Capacity = append(a.Capacity, cell)
	}
}
