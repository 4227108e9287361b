package measuretest

import (
	"math"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/experiment/exhaust"
	"authlab/loadtest/plan"
)

// exhaust drains the schemes: a request costs as much more than a valid one as it is longer, each of five wrong
// passwords a thousand times as much, and a defence a tenth more. The last drain of the plan is never answered.
func (b *bench) exhaust() {
	p, ok := plan.PartOf[*exhaust.Part](b.run.Plan)
	if !ok {
		return
	}
	for start := range p.Starts {
		b.stage()
		b.round(start, p.Starts)
		for _, s := range b.run.Plan.LoginSchemes() {
			for _, v := range p.Visits(b.run.Plan, s) {
				beside := 1e3 * b.cost(s.Name, 0)
				line := exhaust.Line{
					Start: start, Scheme: s.Name, Nonce: "c0ffee", What: v.Name(), Size: v.Size, Turn: v.Turn,
					Beside: flooded(beside, 300, 100, s.Store), Of: flooded(1.1*beside*b.noisy(), 300, 100, s.Store),
				}
				switch {
				case v.Drain == nil:
				case v.Drain.CWE == 0:
					line.Of = flooded(beside*b.noisy(), 300, 100, s.Store)
				case v.Drain.Counted:
					line.Of = flooded(5000*beside*b.noisy()/float64(v.Size), 150, v.Size, s.Store)
					if line.Of.Statuses = map[int]uint64{401: 5}; v.Size > 5 {
						line.Of.Statuses[429] = uint64(v.Size - 5)
					}
				default:
					long := 300 + v.Size
					line.Of = flooded(beside*float64(long)/1000*b.noisy(), long, 100, s.Store)
					line.Of.Statuses = map[int]uint64{401: 100}
				}
				if v.Name() == p.Drains[len(p.Drains)-1] {
					line.Of.Statuses, line.Of.Failed = nil, map[string]uint64{"reset": 100}
				}
				b.run.Add(p.Key(), line)
			}
		}
	}
	for start := range p.Starts {
		b.inside(p, start)
	}
}

// inside adds half a µs to a call of 2 µs in process, and nothing by the last defence of the plan.
func (b *bench) inside(p *exhaust.Part, start int) {
	calls := func(ns float64) experiment.Calls {
		return experiment.Calls{N: 1000, CPU: time.Duration(1000 * ns * b.noisy())}
	}
	for round := range p.Rounds {
		for i, name := range p.Inside {
			with := 2500.0
			if i == len(p.Inside)-1 {
				with = 2000
			}
			b.run.Add(p.Key(), exhaust.Line{
				Start: start, Scheme: exhaust.Inside, What: name, Turn: round,
				Inside: &experiment.Arms{With: calls(with), Without: calls(2000), Again: calls(2000)},
			})
		}
	}
}

// noisy is the noise of one slice.
func (b *bench) noisy() float64 { return math.Exp(b.Noise * b.rand.NormFloat64()) }

// flooded is what n requests of ns CPU and of that many bytes each did to a replica that was never idle.
func flooded(ns float64, long, n int, store bool) experiment.Flooded {
	f := experiment.Flooded{
		Requests: uint64(n), Statuses: map[int]uint64{200: uint64(n)}, Out: uint64(long * n), In: uint64(300 * n),
		Replica: time.Duration(ns * float64(n)), Elapsed: time.Duration(ns * float64(n)),
	}
	if store {
		f.Store = f.Replica / 4
	}
	return f
}
