package measuretest

import (
	"fmt"
	"math"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func (b *bench) demand() {
	d := b.run.Plan.Demand
	round := 0
	for restart := range d.Restarts {
		b.launch()
		var served uint64
		for last := d.Rounds * (restart + 1) / d.Restarts; round < last; round++ {
			b.round(round, d.Rounds)
			arms := b.run.Plan.DemandSchemes()
			for place, i := range b.run.Plan.Shuffle(plan.DemandCell, round, len(arms)) {
				row := b.row(record.Cell{
					Kind: plan.DemandCell, Arm: arms[i].Name, Tier: "replica", Replicas: 1, Restart: restart,
					Round: round, Place: place,
				}, d.Slice)
				n := 0.98 * micros(d.Slice) / b.cost(arms[i].Name)
				b.serve(&row, arms[i], n, n)
				served += row.Served
				row.Use["replica-0"] = record.Use{CPU: d.Slice * 98 / 100, Switches: int64(n / 3)}
				if arms[i].Store {
					row.Use["store"] = asked(arms[i], row.Served, share(d.Slice, 0.2))
				}
				b.keep(row)
			}
		}
		for _, s := range b.run.Plan.DemandSchemes() {
			b.run.Runtimes = append(b.run.Runtimes, record.Runtime{
				Arm: s.Name, Restart: restart, GC: time.Duration(served) * 2 * time.Microsecond,
				CPU:      time.Duration(served) * 50 * time.Microsecond,
				Requests: served, LiveHeap: 8<<20 + uint64(len(s.Name))<<10,
			})
		}
	}
}

// asked is the use of a store that processed what a scheme's design asks of it, and reported its count twice.
func asked(s plan.Scheme, served uint64, cpu time.Duration) record.Use {
	n := int64(s.StoreOps*float64(served)) + 2
	return record.Use{CPU: cpu, Operations: &n}
}

func (b *bench) tiers() {
	t := b.run.Plan.Tiers
	for round := range t.Rounds {
		b.round(round, t.Rounds)
		for _, s := range b.run.Plan.AllSchemes() {
			if s.Store {
				b.tier(s, "store", b.store(), 0.2, round)
			}
			if s.Name == plan.Control {
				b.tier(s, "balancer", 20*b.interference*math.Exp(b.Noise*b.rand.NormFloat64()), 0.5, round)
			}
		}
	}
}

func (b *bench) tier(s plan.Scheme, tier string, us, budget float64, round int) {
	slice := b.run.Plan.Tiers.Slice
	row := b.row(record.Cell{
		Kind: plan.DemandCell, Arm: s.Name, Tier: tier, Replicas: 1, Round: round,
		Budgets: map[string]float64{tier: budget},
	}, slice)
	n := budget * micros(slice) / us
	b.serve(&row, s, n, n)
	row.Use[tier] = record.Use{CPU: share(slice, budget)}
	b.keep(row)
}

func (b *bench) scaling() {
	s := b.run.Plan.Scaling
	b.launch()
	budget := float64(s.Budget)
	if budget == 0 {
		budget = 0.1
	}
	for round := range s.Rounds {
		b.round(round, s.Rounds)
		arms := b.run.Plan.AllSchemes()
		for place, i := range b.run.Plan.Shuffle(plan.ScalingCell, round, len(arms)*len(s.Replicas)) {
			b.cluster(arms[i/len(s.Replicas)], s.Replicas[i%len(s.Replicas)], round, place, budget)
		}
	}
}

// cluster is one scaling slice: as many requests as the replicas, or the store, can serve.
func (b *bench) cluster(s plan.Scheme, n, round, place int, budget float64) {
	slice := b.run.Plan.Scaling.Slice
	elapsed := slice + 2*plan.Period
	cell := record.Cell{
		Kind: plan.ScalingCell, Arm: s.Name, Replicas: n, Round: round, Place: place,
		Budgets: map[string]float64{},
	}
	us := b.cost(s.Name)
	perSecond := float64(n) * budget * 1e6 / us
	for i := range n {
		cell.Budgets[fmt.Sprintf("replica-%d", i)] = budget
	}
	row := b.row(cell, slice)
	row.Elapsed = elapsed
	if s.Store {
		cell.Budgets["store"] = budget
		store := b.store()
		perSecond = min(perSecond, budget*1e6/store)
		row.Use["store"] = asked(s, uint64(perSecond*elapsed.Seconds()), time.Duration(perSecond*elapsed.Seconds()*store*1e3))
	}
	served := perSecond * elapsed.Seconds()
	b.serve(&row, s, perSecond*slice.Seconds(), served)
	for i := range n {
		row.Use[fmt.Sprintf("replica-%d", i)] = record.Use{
			CPU:       time.Duration(served / float64(n) * us * 1e3),
			Throttled: elapsed / 2, Switches: int64(served),
		}
	}
	row.Use["balancer"] = record.Use{CPU: time.Duration(served * 20e3)}
	b.keep(row)
}

func (b *bench) latency() {
	l := b.run.Plan.Latency
	round := 0
	for _, rate := range l.Rates {
		for range l.Slices(rate) {
			b.round(round, 1)
			for place, s := range b.run.Plan.LatencySchemes() {
				row := b.row(record.Cell{
					Kind: plan.LatencyCell, Arm: s.Name, Replicas: l.Replicas, Rate: rate, Round: round,
					Place: place,
				}, l.Slice)
				n := rate * l.Slice.Seconds()
				row.Planned = uint64(n)
				b.serve(&row, s, n, n)
				b.answer(&row)
				row.Held = time.Duration(n) * 600 * time.Microsecond // of about a millisecond each
				b.keep(row)
			}
			round++
		}
	}
}
