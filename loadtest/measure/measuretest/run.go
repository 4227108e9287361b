// Package measuretest makes synthetic runs: slices as a lab with known costs, noise and interference would have
// measured them, so that an analysis can be compared with the truth.
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

// Lab is a simulated lab. Its zero value, given a plan, has no noise.
type Lab struct {
	Plan string // YAML
	Seed uint64
	// Costs are CPU µs per request of a replica, by scheme; a scheme that is not named costs 50.
	Costs map[string]float64
	Store float64 // CPU µs per request of the store; 0 means 8
	// Noise, Interference and Luck are standard deviations of the logarithm of a cost: from slice to slice, from round to
	// round (for all schemes alike), and from launch to launch.
	Noise, Interference, Luck float64
	// Drift is the share by which all costs grow from the first round of a stage to the last.
	Drift float64
	// Lag is the maximum lateness of the generator; latencies themselves are around a millisecond.
	Lag time.Duration
	// Unbudgeted is a machine without CPU budgets: no scaling, no tiers.
	Unbudgeted bool
	// Embedded has no real store and no real balancer.
	Embedded bool
	// Stop ends the run after this many slices, as an interrupt would; 0 means never.
	Stop int
	// Change edits a slice before it is judged.
	Change func(*record.Slice)
}

// ended is the panic of a run that reaches Stop.
type ended struct{}

type bench struct {
	Lab
	rand         *rand.Rand
	run          *measure.Run
	interference float64
	luck         map[string]float64 // of this stage, by scheme and launch

	launches uint64 // stages with launches of their own
}

// Run measures. It panics if the plan is invalid.
func (l Lab) Run() *measure.Run {
	p, err := plan.Parse("synthetic.yaml", []byte(l.Plan), all.Parts()...)
	if err != nil {
		panic(err)
	}
	b := &bench{
		Lab: l, rand: rand.New(rand.NewPCG(l.Seed, 1)),
		run: &measure.Run{Run: record.Run{ID: "20260102-030405-" + p.Name, Plan: p, Environment: l.environment()}},
	}
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
	b.replay()
	b.incidents()
	b.exploit()
	b.exhaust()
}

func (b *bench) budgeted(what string) bool {
	if b.Unbudgeted {
		b.event(what+" needs CPU budgets, and there are none here", "systemd-run --user --scope -p Delegate=yes make bench")
	}
	return !b.Unbudgeted
}

func (b *bench) event(sentence, provide string) {
	b.run.Events = append(b.run.Events,
		record.Event{Kind: record.Skipped, Said: message.Text(sentence), Help: message.Text(provide)})
}
