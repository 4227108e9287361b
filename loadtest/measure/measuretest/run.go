// Package measuretest makes runs out of nothing: rows as a lab with known costs, known noise and known interference would have
// measured them, so that an analysis can be held against the truth.
package measuretest

import (
	"math/rand/v2"
	"time"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Lab is a lab that is not there. Its zero value, given a plan, has no noise at all.
type Lab struct {
	Plan string // YAML
	Seed uint64
	// Costs are CPU µs per request of a replica by row; a row that is not named costs 50.
	Costs map[string]float64
	Store float64 // CPU µs per request of the store; 0: 8
	// Noise, Interference and Luck are standard deviations of the logarithm of a cost: from slice to slice, from round to round
	// (all rows alike), and from start to start.
	Noise, Interference, Luck float64
	// Drift is the share by which everything grows dearer from the first round of a stage to the last.
	Drift float64
	// Lag is how late the generator sends, at most; latencies themselves are around a millisecond.
	Lag time.Duration
	// Unbudgeted is a machine on which CPU budgets cannot be had: no scaling, no tiers.
	Unbudgeted bool
	// Embedded has no real store and no real balancer.
	Embedded bool
	// Stop ends the run after so many slices, as an interrupt would; 0 does not.
	Stop int
	// Change edits a row before it is judged.
	Change func(*record.Slice)
}

// ended is a run's own panic when Stop is reached.
type ended struct{}

type bench struct {
	Lab
	rand         *rand.Rand
	run          *measure.Run
	interference float64
	luck         map[string]float64 // of this start, by row

	launches uint64
}

// Run measures. It panics if the plan is not one.
func (l Lab) Run() *measure.Run {
	p, err := plan.Parse("synthetic.yaml", []byte(l.Plan), all.Parts()...)
	if err != nil {
		panic(err)
	}
	b := &bench{Lab: l, rand: rand.New(rand.NewPCG(l.Seed, 1)), run: &measure.Run{Run: record.Run{ID: "20260102-030405-" + p.Name, Plan: p, Environment: l.environment()}}}
	b.measure()
	return b.run
}

func (b *bench) measure() {
	defer func() {
		last := record.Event{Kind: record.Finished, Said: message.Text("the run came to its end after 1m0s")}
		if r := recover(); r == any(ended{}) {
			last = record.Event{Kind: record.Interrupted, Said: message.Text("interrupted after 10s")}
		} else if r != nil {
			panic(r)
		}
		b.run.Events = append(b.run.Events, last)
	}()
	if b.Embedded {
		b.event("no real store was found: stored stands in for it", "apt-get install redis-server")
		b.event("no real balancer was found: balancerd stands in for it", "apt-get install haproxy")
	}
	if b.run.Plan.Demand != nil {
		b.demand()
	}
	if b.run.Plan.Tiers != nil && b.budgeted("the cost of the store and the balancer") {
		b.tiers()
	}
	if b.run.Plan.Scaling != nil && b.budgeted("throughput against replicas") {
		b.scaling()
	}
	if b.run.Plan.Latency != nil {
		b.latency()
	}
	b.delays()
	b.memory()
	b.logins()
}

func (b *bench) budgeted(what string) bool {
	if b.Unbudgeted {
		b.event(what+" needs CPU budgets, and there are none here", "systemd-run --user --scope -p Delegate=yes make bench")
	}
	return !b.Unbudgeted
}

func (b *bench) event(sentence, provide string) {
	b.run.Events = append(b.run.Events, record.Event{Kind: record.Skipped, Said: message.Text(sentence), Help: message.Text(provide)})
}
