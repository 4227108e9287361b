package measuretest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func (b *bench) demand() {
	d := b.run.Plan.Demand
	schemes := b.run.Plan.DemandSchemes()
	served := make([]uint64, d.Launches)
	b.stage()
	for round := range d.Rounds {
		b.round(round, d.Rounds)
		launch := round % d.Launches
		for place, i := range b.run.Plan.Shuffle(plan.DemandCell, round, len(schemes)) {
			row := b.row(record.Cell{
				Kind: plan.DemandCell, Scheme: schemes[i].Name, Tier: "replica", Replicas: 1,
				First: launch, Restart: launch, Round: round, Place: place,
			}, d.Slice)
			n := 0.98 * micros(d.Slice) / b.cost(schemes[i].Name, launch)
			b.serve(&row, schemes[i], n, n)
			served[launch] += row.Served
			row.Use[fmt.Sprint("replica-", launch)] = record.Use{CPU: d.Slice * 98 / 100, Switches: int64(n / 3)}
			if schemes[i].Store {
				row.Use["store"] = asked(schemes[i], row.Served, share(d.Slice, 0.2))
			}
			b.keep(row)
		}
	}
	for launch, n := range served {
		for _, s := range schemes {
			b.run.Runtimes = append(b.run.Runtimes, record.Runtime{
				Scheme: s.Name, Restart: launch, GC: time.Duration(n) * 2 * time.Microsecond,
				CPU: time.Duration(n) * 50 * time.Microsecond, Requests: n, LiveHeap: 8<<20 + uint64(len(s.Name))<<10,
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
		Kind: plan.DemandCell, Scheme: s.Name, Tier: tier, Replicas: 1, Round: round,
		Budgets: map[string]float64{tier: budget},
	}, slice)
	n := budget * micros(slice) / us
	b.serve(&row, s, n, n)
	row.Use[tier] = record.Use{CPU: share(slice, budget)}
	b.keep(row)
}

func (b *bench) scaling() {
	s := b.run.Plan.Scaling
	b.stage()
	budget := float64(s.Budget)
	if budget == 0 {
		budget = 0.1
	}
	for round := range s.Rounds {
		b.round(round, s.Rounds)
		schemes := b.run.Plan.AllSchemes()
		for place, i := range b.run.Plan.Shuffle(plan.ScalingCell, round, len(schemes)*len(s.Replicas)) {
			b.cluster(plan.ScalingCell, schemes[i/len(s.Replicas)], s.Replicas[i%len(s.Replicas)], round, place, budget)
		}
		for _, scheme := range schemes {
			if scheme.Store {
				b.cluster(plan.RelievedCell, scheme, slices.Max(s.Replicas), round, 0, budget)
			}
		}
	}
}

// cluster is one scaling slice: as many requests as the replicas, or the store, can serve. The groups of n replicas
// take turns.
func (b *bench) cluster(kind plan.Kind, s plan.Scheme, n, round, place int, budget float64) {
	p := b.run.Plan.Scaling
	smallest, store := b.run.Plan.Smallest(plan.Budget(budget)), float64(p.StoreOf(s, plan.Budget(budget)))
	slice := p.Window(smallest)
	elapsed := slice + 2*smallest.Period()
	groups := p.Replicas[len(p.Replicas)-1] / n
	cell := record.Cell{
		Kind: kind, Scheme: s.Name, Replicas: n, First: round % groups * n, Round: round, Place: place,
		Budgets: map[string]float64{},
	}
	launches := make([]int, n)
	for i := range launches {
		launches[i] = cell.First + i
		cell.Budgets[fmt.Sprint("replica-", launches[i])] = budget
	}
	us := b.cost(s.Name, launches...)
	perSecond := float64(n) * budget * 1e6 / us
	row := b.row(cell, slice)
	row.Elapsed = elapsed
	if s.Store {
		if kind == plan.RelievedCell {
			store *= plan.Relief
		}
		cell.Budgets["store"] = store
		cost := b.store()
		perSecond = min(perSecond, store*1e6/cost)
		worked := perSecond * elapsed.Seconds()
		row.Use["store"] = asked(s, uint64(worked), time.Duration(worked*cost*1e3))
	}
	served := perSecond * elapsed.Seconds()
	b.serve(&row, s, perSecond*slice.Seconds(), served)
	for _, i := range launches {
		row.Use[fmt.Sprint("replica-", i)] = record.Use{
			CPU: time.Duration(served / float64(n) * us * 1e3), Throttled: elapsed / 2, Switches: int64(served),
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
					Kind: plan.LatencyCell, Scheme: s.Name, Replicas: l.Replicas, Rate: rate, Round: round,
					Place: place,
				}, l.Slice)
				n := rate * l.Slice.Seconds()
				row.Planned = uint64(n)
				b.serve(&row, s, n, n)
				b.answer(&row, away(s))
				row.Held = time.Duration(n) * 600 * time.Microsecond // of about a millisecond each
				b.keep(row)
			}
			round++
		}
	}
}
