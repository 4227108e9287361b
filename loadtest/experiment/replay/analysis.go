package replay

import (
	"encoding/json"
	"math"
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Carried is how many replicas one store carries with one scheme. Samples are starts.
type Carried struct {
	Name   string      `json:"scheme"` // the scheme's name
	Scheme plan.Scheme `json:"-"`
	Starts int         `json:"starts"` // that count
	// Replica and Store are CPU µs per request on a core of its own. Replicas is their quotient in the same rounds: from
	// that many on, of one core each, the store's core is the bottleneck. Rate are the requests/s of a full store.
	Replica  stats.Estimate `json:"replica_us"`
	Store    stats.Estimate `json:"store_us"`
	Replicas stats.Estimate `json:"replicas"`
	Rate     stats.Estimate `json:"requests_per_second"`
	// Commands are those of a request, and Depth those of a read; medians over starts.
	Commands float64 `json:"commands_per_request"`
	Depth    float64 `json:"commands_per_read"`
	// AsksNone says that no request asks the store, by the scheme's design: nothing was measured, and no number of
	// replicas fills the store by requests.
	AsksNone bool `json:"asks_none,omitempty"`
	// Doubts are why rounds do not count, with how many.
	Doubts []Doubt `json:"doubts,omitempty"`
	Rounds int     `json:"rounds"` // that were measured
	// Withheld says why nothing is shown; empty where something is.
	Withheld message.Sentence `json:"withheld,omitzero"`
}

// Doubt is why rounds do not count.
type Doubt struct {
	Why    message.Sentence `json:"why"`    // of the first of them
	Rounds int              `json:"rounds"` // their number
}

// Findings are by scheme.
type Findings struct {
	part    *Part
	schemes []plan.Scheme
	Carried []Carried
}

// MarshalJSON writes them as a list.
func (f *Findings) MarshalJSON() ([]byte, error) { return json.Marshal(f.Carried) }

// Known implements experiment.Findings.
func (f *Findings) Known() bool {
	return slices.ContainsFunc(f.Carried, func(c Carried) bool { return !c.AsksNone })
}

// Figures implements experiment.Findings: the quotient of two costs, which differs less between machines than they do.
func (f *Findings) Figures() (all []experiment.Figure) {
	for _, c := range f.Carried {
		if c.Replicas.Known() {
			all = append(all, experiment.Figure{What: message.New("replay.figure"), Scheme: c.Name, Of: c.Replicas})
		}
	}
	return all
}

// Bottleneck implements experiment.Extrapolated.
func (f *Findings) Bottleneck(scheme string) stats.Estimate { return f.of(scheme).Replicas }

// Shared implements experiment.Extrapolated.
func (f *Findings) Shared(scheme string) stats.Estimate { return f.of(scheme).Store }

func (f *Findings) of(scheme string) Carried {
	for _, c := range f.Carried {
		if c.Name == scheme {
			return c
		}
	}
	return Carried{}
}

func analyse(r *record.Run) experiment.Findings {
	part, _ := plan.PartOf[*Part](r.Plan)
	lines := read(r)
	found := &Findings{part: part, schemes: schemes(r.Plan)}
	for _, scheme := range found.schemes {
		c := Carried{Name: scheme.Name, Scheme: scheme, AsksNone: scheme.StoreOps == 0}
		var own []Line
		for _, l := range lines {
			if l.Scheme == scheme.Name && l.Start >= 0 && l.Start < part.Starts {
				own = append(own, l)
			}
		}
		if len(own) == 0 && !c.AsksNone {
			continue
		}
		c.fill(part, own)
		found.Carried = append(found.Carried, c)
	}
	return found
}

func (c *Carried) fill(part *Part, lines []Line) {
	starts := make([][]Line, part.Starts) // the lines that count
	for _, l := range lines {
		if !l.Lack.IsZero() {
			c.Withheld = message.Sentence{Message: l.Lack}
			return
		}
		c.Rounds++
		if why := doubt(c.Scheme, l); !why.IsZero() {
			c.add(why)
			continue
		}
		starts[l.Start] = append(starts[l.Start], l)
	}
	var replica, store, replicas, commands, depths []float64
	for _, own := range starts {
		if 2*len(own) <= part.Rounds {
			continue
		}
		c.Starts++
		over := func(of func(Line) float64) float64 {
			var all []float64
			for _, l := range own {
				all = append(all, of(l))
			}
			return stats.Median(all)
		}
		replica, store = append(replica, over(replicaCost)), append(store, over(storeCost))
		replicas = append(replicas, over(func(l Line) float64 { return replicaCost(l) / storeCost(l) }))
		commands = append(commands, over(func(l Line) float64 { return l.Recorded.each() }))
		depths = append(depths, over(func(l Line) float64 { return depth(l.Store.Asked) }))
	}
	if 2*c.Starts <= part.Starts {
		if c.Rounds > 0 {
			c.Withheld = message.Say("replay.too-few", "valid", c.valid(), "rounds", c.Rounds)
		}
		return
	}
	c.Replica, c.Store, c.Replicas = stats.Ratios(replica, 0), stats.Ratios(store, 0), stats.Ratios(replicas, 0)
	c.Rate = c.Store
	c.Rate.Center, c.Rate.Low, c.Rate.High = 1e6/c.Store.Center, 1e6/c.Store.High, 1e6/c.Store.Low
	c.Commands, c.Depth = stats.Median(commands), stats.Median(depths)
}

// valid is how many rounds count.
func (c *Carried) valid() int {
	n := c.Rounds
	for _, d := range c.Doubts {
		n -= d.Rounds
	}
	return n
}

// add counts a round that does not count.
func (c *Carried) add(why message.Message) {
	for i, d := range c.Doubts {
		if d.Why.Alike(why) {
			c.Doubts[i].Rounds++
			return
		}
	}
	c.Doubts = append(c.Doubts, Doubt{message.Sentence{Message: why}, 1})
}

// replicaCost is CPU µs of the replica per request.
func replicaCost(l Line) float64 {
	return float64(l.Replica.CPU.Nanoseconds()) / 1e3 / float64(l.Replica.Served)
}

// storeCost is CPU µs of the store for the commands of a request.
func storeCost(l Line) float64 {
	return float64(l.Store.CPU.Nanoseconds()) / 1e3 / float64(l.Store.Commands) * l.Recorded.each()
}

// each is how many commands a request made.
func (t Taped) each() float64 { return float64(t.Commands) / float64(t.Served) }

const (
	// known is the least share of requests that must be answered as the users' own, and of commands without an error.
	known = 0.999
	// near is how far two counts may differ that should be the same, as a share.
	near = 0.02
	// overhead are the commands and reads that no request causes: health checks, and reading the counters.
	overhead = 10
	// nearDepth is how far the size of a batch may be from the replica's: it depends on how the network delivers it.
	nearDepth = 0.1
)

// doubt says why a round does not count.
func doubt(s plan.Scheme, l Line) message.Message {
	r, p := l.Replica, l.Store
	switch {
	case l.Recorded.Served == 0 || l.Recorded.Commands == 0 || r.Served == 0 || r.CPU <= 0 || r.Elapsed <= 0 ||
		p.Commands == 0 || p.CPU <= 0 || p.Elapsed <= 0 || r.Asked.Commands <= 0 || p.Asked.Commands <= 0:
		return message.New("replay.empty")
	case unknown(l.Recorded.Requests):
		return message.New("replay.forgotten", "ok", l.Recorded.OK, "sent", l.Recorded.Sent)
	case unknown(r.Requests):
		return message.New("replay.forgotten", "ok", r.OK, "sent", r.Sent)
	case float64(p.Failed) > (1-known)*float64(p.Commands):
		return message.New("replay.refused", "failed", p.Failed, "commands", p.Commands)
	case apart(l.Recorded.each(), s.StoreOps, near*s.StoreOps+s.StoreSlack):
		return message.New("replay.design", "asked", l.Recorded.each(), "design", s.StoreOps)
	case differ(r.Asked.Commands, l.Recorded.each()*float64(r.Served)):
		return message.New("replay.asked",
			"asked", float64(r.Asked.Commands)/float64(r.Served), "taped", l.Recorded.each())
	case differ(p.Asked.Commands, float64(p.Commands)):
		return message.New("replay.played", "commands", p.Commands, "asked", p.Asked.Commands)
	case apart(found(p.Asked, float64(p.Commands)), found(r.Asked, l.Recorded.each()*float64(r.Served)), near):
		return message.New("replay.found", "replay", found(p.Asked, float64(p.Commands)),
			"replica", found(r.Asked, l.Recorded.each()*float64(r.Served)))
	case apart(depth(p.Asked)/depth(r.Asked), 1, nearDepth):
		return message.New("replay.depth", "replay", depth(p.Asked), "replica", depth(r.Asked))
	}
	return idle(l)
}

// idle says which of the two was not saturated.
func idle(l Line) message.Message {
	if busy := float64(l.Replica.CPU) / float64(l.Replica.Elapsed); busy < record.Saturated {
		return message.New("replay.idle", "tier", "replica", "busy", busy)
	}
	if busy := float64(l.Store.CPU) / float64(l.Store.Elapsed); busy < record.Saturated {
		return message.New("replay.idle", "tier", "store", "busy", busy)
	}
	return message.Message{}
}

func unknown(r Requests) bool { return r.Sent == 0 || float64(r.OK) < known*float64(r.Sent) }

// apart reports whether two figures are farther from each other than slack. It is true of NaN.
func apart(a, b, slack float64) bool { return !(math.Abs(a-b) <= slack) }

// differ reports whether the store counted other than want commands.
func differ(counted int64, want float64) bool {
	return apart(float64(counted), want, near*want+overhead)
}

// found is how many keys were found for each of these commands.
func found(a record.Asked, commands float64) float64 { return float64(a.Found) / commands }
