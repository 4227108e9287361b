package exhaust

import (
	"encoding/json"
	"maps"
	"math"
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Cost is what a drain's request, or one with a defence, cost beside another request of the same moment. Samples are
// starts.
type Cost struct {
	What    string         `json:"what"`           // the drain's or the defence's name
	Defence bool           `json:"defence"`        // it is a defence
	Scheme  string         `json:"scheme"`         // the scheme's name; in-process for what no request was sent for
	Size    int            `json:"size,omitempty"` // of a drain
	Answers map[int]uint64 `json:"answers"`        // of all requests, by status
	// Sent and Answered are bytes of a request and of its answer, headers included.
	Sent     float64 `json:"sent_bytes"`
	Answered float64 `json:"answered_bytes"`
	// Replica is CPU µs of the replica for a request, Beside for a valid request, or for one without the defence.
	Replica stats.Estimate `json:"replica_us"`
	Beside  stats.Estimate `json:"beside_us"`
	// Store is CPU µs of the store for a request; unknown where there is none.
	Store stats.Estimate `json:"store_us"`
	// Ratio is Replica ÷ Beside, and Added their difference in µs, both of the same start.
	Ratio stats.Estimate `json:"ratio"`
	Added stats.Estimate `json:"added_us"`
	// Noise is what a handler without the defence differs by from itself, in µs; only where it was measured in process,
	// by CPU of that process. Added is told from nothing only beyond it.
	Noise *stats.Estimate `json:"noise_us,omitempty"`
	// PerKB is CPU µs of the replica for each kB, 1000 bytes, that was sent.
	PerKB stats.Estimate `json:"us_per_sent_kb"`
	// Idle says that the replica was idle in most starts. CPU for a request is then more than it costs under full load.
	Idle bool             `json:"idle,omitempty"`
	Why  message.Sentence `json:"why,omitzero"` // why nothing is shown; empty where it is
}

// Findings are by scheme, and then in the order of the plan.
type Findings struct {
	part    *Part
	schemes []plan.Scheme
	Costs   []Cost
}

// MarshalJSON writes them as a list.
func (f *Findings) MarshalJSON() ([]byte, error) { return json.Marshal(f.Costs) }

// Known implements experiment.Findings.
func (f *Findings) Known() bool { return len(f.Costs) > 0 }

// Figures implements experiment.Findings: what drains of their largest size cost, as a ratio to a valid request.
func (f *Findings) Figures() (all []experiment.Figure) {
	for _, c := range f.Costs {
		d, ok := drainOf(c.What)
		if ok && d.CWE > 0 && c.Size == d.Sizes[len(d.Sizes)-1] && c.Ratio.Known() && !c.Idle {
			all = append(all, experiment.Figure{
				What: message.New("exhaust.figure", "drain", d.Title), Scheme: c.Scheme, Of: c.Ratio,
			})
		}
	}
	return all
}

// of returns the cost of a drain's size or of a defence.
func (f *Findings) of(scheme, what string, size int) (Cost, bool) {
	i := slices.IndexFunc(f.Costs, func(c Cost) bool { return c.Scheme == scheme && c.What == what && c.Size == size })
	if i < 0 {
		return Cost{}, false
	}
	return f.Costs[i], true
}

func analyse(r *record.Run) experiment.Findings {
	part, _ := plan.PartOf[*Part](r.Plan)
	f := &Findings{part: part, schemes: r.Plan.LoginSchemes()}
	lines := read(r)
	for _, s := range f.schemes {
		for _, v := range part.Visits(r.Plan, s) {
			if v.Turn > 0 {
				continue // all turns of a defence are one cost
			}
			var own []Line
			for _, l := range lines {
				if l.Scheme == s.Name && l.What == v.Name() && l.Size == v.Size {
					own = append(own, l)
				}
			}
			if len(own) > 0 {
				f.Costs = append(f.Costs, costOf(v, s, own))
			}
		}
	}
	f.Costs = append(f.Costs, pricesInside(part, lines)...)
	return f
}

// answeredShare is the least share of requests that must have been answered. What was not answered may not have been
// read either, and would make a request look cheap.
const answeredShare = 0.99

// costOf is the cost that lines show.
func costOf(v Visit, s plan.Scheme, lines []Line) Cost {
	c := Cost{What: v.Name(), Defence: v.Defence != nil, Scheme: s.Name, Size: v.Size, Answers: map[int]uint64{}}
	var sent, answered, requests uint64
	for _, l := range lines {
		for status, n := range l.Of.Statuses {
			c.Answers[status] += n
		}
		sent, answered, requests = sent+l.Of.Out, answered+l.Of.In, requests+l.Of.Requests
	}
	if c.Why = doubt(v, lines); !c.Why.IsZero() {
		return c
	}
	c.Sent, c.Answered = float64(sent)/float64(requests), float64(answered)/float64(requests)
	figures := func(of func(Line) float64) []float64 { return byStart(lines, of) }
	c.Replica, c.Beside = stats.Of(figures(replica)), stats.Of(figures(beside))
	c.Ratio = stats.Ratios(figures(func(l Line) float64 { return replica(l) / beside(l) }), 0)
	c.Added = stats.Differences(figures(func(l Line) float64 { return replica(l) - beside(l) }))
	c.PerKB = stats.Of(figures(func(l Line) float64 { return 1e3 * micro(l.Of.Replica.Nanoseconds(), l.Of.Out) }))
	if s.Store {
		c.Store = stats.Of(figures(func(l Line) float64 { return micro(l.Of.Store.Nanoseconds(), l.Of.Requests) }))
	}
	if counted := v.Drain != nil && v.Drain.Counted; !counted {
		c.Idle = stats.Median(figures(busy)) < record.Saturated
	}
	return c
}

// byStart are the medians of a figure over the turns of each start.
func byStart(lines []Line, of func(Line) float64) (all []float64) {
	starts := map[int][]float64{}
	for _, l := range lines {
		starts[l.Start] = append(starts[l.Start], of(l))
	}
	for _, start := range slices.Sorted(maps.Keys(starts)) {
		all = append(all, stats.Median(starts[start]))
	}
	return all
}

// micro is µs for each of n.
func micro(ns int64, n uint64) float64 { return float64(ns) / 1e3 / float64(n) }

func replica(l Line) float64 { return micro(l.Of.Replica.Nanoseconds(), l.Of.Requests) }
func beside(l Line) float64  { return micro(l.Beside.Replica.Nanoseconds(), l.Beside.Requests) }

// busy is the share of the time that the replica used its core, on the side where that was less.
func busy(l Line) float64 {
	return math.Min(float64(l.Of.Replica)/float64(l.Of.Elapsed), float64(l.Beside.Replica)/float64(l.Beside.Elapsed))
}

// doubt is why lines show nothing: a side was not answered, or cost nothing, or a valid request was refused.
func doubt(v Visit, lines []Line) message.Sentence {
	for _, l := range lines {
		for _, side := range []experiment.Flooded{l.Beside, l.Of} {
			answers := uint64(0)
			for _, n := range side.Statuses {
				answers += n
			}
			switch {
			case side.Requests == 0 || float64(answers) < answeredShare*float64(side.Requests):
				return message.Say("exhaust.why.unanswered", "answers", answers, "requests", side.Requests)
			case side.Replica <= 0 || side.Out == 0 || side.Elapsed <= 0:
				return message.Say("exhaust.why.unmetered")
			}
		}
		valid := []experiment.Flooded{l.Beside}
		if v.Defence != nil {
			valid = append(valid, l.Of)
		}
		for _, side := range valid {
			for status, n := range side.Statuses {
				if status/100 != 2 && float64(n) > (1-answeredShare)*float64(side.Requests) {
					return message.Say("exhaust.why.refused", "refused", n, "requests", side.Requests, "status", status)
				}
			}
		}
	}
	return message.Sentence{}
}
