package measuretest

import (
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/replay"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// batch is how many commands a replica sends its store at a time.
const batch = 6

// replay saturates a replica and its store in turn. Programs are started anew at each start.
func (b *bench) replay() {
	p, ok := plan.PartOf[*replay.Part](b.run.Plan)
	if !ok {
		return
	}
	for start := range p.Starts {
		b.stage()
		for round := range p.Rounds {
			b.round(round, p.Rounds)
			for _, s := range b.run.Plan.CostSchemes() {
				l := replay.Line{Start: start, Round: round, Scheme: s.Name}
				switch {
				case !s.Store || s.Postgres || s.StoreOps == 0:
				case !b.Embedded:
					b.run.Add(p.Key(), b.replayed(s, p.Slice, l))
				case round == 0:
					l.Lack = message.New("unable.uncounted")
					b.run.Add(p.Key(), l)
				}
			}
		}
	}
}

func (b *bench) replayed(s plan.Scheme, slice time.Duration, l replay.Line) replay.Line {
	busy := slice * 98 / 100
	served := uint64(micros(busy) / b.cost(s.Name, 0))
	commands := uint64(micros(busy) / (b.store() * b.lucky("store of "+s.Name, 0)) * s.StoreOps)
	asked := func(n uint64) record.Asked {
		return record.Asked{Commands: int64(n), Reads: int64(n / batch), Found: int64(n)}
	}
	all := replay.Requests{Served: served, Sent: served, OK: served}
	l.Recorded = replay.Taped{Requests: all, Commands: uint64(float64(served) * s.StoreOps)}
	l.Replica = replay.Loaded{Requests: all, CPU: busy, Elapsed: slice, Asked: asked(l.Recorded.Commands)}
	l.Store = experiment.Played{Commands: commands, CPU: busy, Elapsed: slice, Asked: asked(commands)}
	return l
}
