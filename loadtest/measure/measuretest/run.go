// Package measuretest makes runs out of nothing: rows as a lab with known costs, known noise and known weather would have
// measured them, so that an analysis can be held against the truth.
package measuretest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// Lab is a lab that is not there. Its zero value, given a plan, has no noise at all.
type Lab struct {
	Plan string // YAML
	Seed uint64
	// Costs are CPU µs per request of a replica by row; a row that is not named costs 50.
	Costs map[string]float64
	Store float64 // CPU µs per request of the store; 0: 8
	// Noise, Weather and Luck are standard deviations of the logarithm of a cost: from slice to slice, from round to round
	// (all rows alike), and from start to start.
	Noise, Weather, Luck float64
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
	Change func(*load.Row)
}

// ended is a run's own panic when Stop is reached.
type ended struct{}

type bench struct {
	Lab
	rand    *rand.Rand
	run     *measure.Run
	weather float64
	luck    map[string]float64
}

// Run measures. It panics if the plan is not one.
func (l Lab) Run() *measure.Run {
	p, err := plan.Parse("synthetic.yaml", []byte(l.Plan))
	if err != nil {
		panic(err)
	}
	b := &bench{Lab: l, rand: rand.New(rand.NewPCG(l.Seed, 1)), run: &measure.Run{ID: "20260102-030405-" + p.Name, Plan: p, Environment: l.environment()}}
	b.measure()
	return b.run
}

func (b *bench) measure() {
	defer func() {
		last := measure.Event{Kind: measure.Finished, Sentence: "the run came to its end after 1m0s"}
		if r := recover(); r == any(ended{}) {
			last = measure.Event{Kind: measure.Interrupted, Sentence: "interrupted after 10s"}
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
}

func (b *bench) budgeted(what string) bool {
	if b.Unbudgeted {
		b.event(what+" needs CPU budgets, and there are none here", "systemd-run --user --scope -p Delegate=yes make bench")
	}
	return !b.Unbudgeted
}

func (b *bench) event(sentence, provide string) {
	b.run.Events = append(b.run.Events, measure.Event{Kind: measure.Skipped, Sentence: sentence, Provide: provide})
}

// launch starts processes anew.
func (b *bench) launch() {
	b.luck = map[string]float64{}
	for _, s := range plan.Schemes {
		b.luck[s.Name] = math.Exp(b.Luck * b.rand.NormFloat64())
	}
}

// round begins one: the weather changes for all rows alike.
func (b *bench) round(round, of int) {
	b.weather = math.Exp(b.Weather*b.rand.NormFloat64()) * (1 + b.Drift*float64(round)/float64(max(1, of-1)))
}

// cost is CPU µs per request of a row's replica in this slice.
func (b *bench) cost(arm string) float64 {
	if b.luck == nil {
		b.launch()
	}
	us, ok := b.Costs[arm]
	if !ok {
		us = 50
	}
	return us * b.weather * b.luck[arm] * math.Exp(b.Noise*b.rand.NormFloat64())
}

func (b *bench) store() float64 {
	us := b.Store
	if us == 0 {
		us = 8
	}
	return us * b.weather * math.Exp(b.Noise*b.rand.NormFloat64())
}

func (b *bench) demand() {
	d := b.run.Plan.Demand
	round := 0
	for restart := range d.Restarts {
		b.launch()
		var served uint64
		for last := d.Rounds * (restart + 1) / d.Restarts; round < last; round++ {
			b.round(round, d.Rounds)
			arms := b.run.Plan.DemandArms()
			for place, i := range b.run.Plan.Shuffle(plan.DemandCell, round, len(arms)) {
				row := b.row(load.Cell{Kind: plan.DemandCell, Arm: arms[i].Name, Tier: "replica", Replicas: 1, Restart: restart, Round: round, Place: place}, d.Slice)
				n := 0.98 * micros(d.Slice) / b.cost(arms[i].Name)
				b.serve(&row, arms[i], n, n)
				served += row.Served
				row.Use["replica-0"] = load.Use{CPU: d.Slice * 98 / 100, Switches: int64(n / 3)}
				b.keep(row)
			}
		}
		for _, s := range b.run.Plan.DemandArms() {
			b.run.Runtimes = append(b.run.Runtimes, load.Runtime{
				Arm: s.Name, Restart: restart, GC: time.Duration(served) * 2 * time.Microsecond, CPU: time.Duration(served) * 50 * time.Microsecond,
				Requests: served, LiveHeap: 8<<20 + uint64(len(s.Name))<<10,
			})
		}
	}
}

func (b *bench) tiers() {
	t := b.run.Plan.Tiers
	for round := range t.Rounds {
		b.round(round, t.Rounds)
		for _, s := range b.run.Plan.Arms() {
			if s.Store {
				b.tier(s, "store", b.store(), 0.2, round)
			}
			if s.Name == plan.Control {
				b.tier(s, "balancer", 20*b.weather*math.Exp(b.Noise*b.rand.NormFloat64()), 0.5, round)
			}
		}
	}
}

func (b *bench) tier(s plan.Scheme, tier string, us, budget float64, round int) {
	slice := b.run.Plan.Tiers.Slice
	row := b.row(load.Cell{Kind: plan.DemandCell, Arm: s.Name, Tier: tier, Replicas: 1, Round: round, Budgets: map[string]float64{tier: budget}}, slice)
	n := budget * micros(slice) / us
	b.serve(&row, s, n, n)
	row.Use[tier] = load.Use{CPU: share(slice, budget)}
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
		arms := b.run.Plan.Arms()
		for place, i := range b.run.Plan.Shuffle(plan.ScalingCell, round, len(arms)*len(s.Replicas)) {
			b.cluster(arms[i/len(s.Replicas)], s.Replicas[i%len(s.Replicas)], round, place, budget)
		}
	}
}

// cluster is one scaling slice: as many requests as the replicas, or the store, can serve.
func (b *bench) cluster(s plan.Scheme, n, round, place int, budget float64) {
	slice := b.run.Plan.Scaling.Slice
	elapsed := slice + 2*plan.Period
	cell := load.Cell{Kind: plan.ScalingCell, Arm: s.Name, Replicas: n, Round: round, Place: place, Budgets: map[string]float64{}}
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
		row.Use["store"] = load.Use{CPU: time.Duration(perSecond * elapsed.Seconds() * store * 1e3)}
	}
	served := perSecond * elapsed.Seconds()
	b.serve(&row, s, perSecond*slice.Seconds(), served)
	for i := range n {
		row.Use[fmt.Sprintf("replica-%d", i)] = load.Use{CPU: time.Duration(served / float64(n) * us * 1e3), Throttled: elapsed / 2, Switches: int64(served)}
	}
	row.Use["balancer"] = load.Use{CPU: time.Duration(served * 20e3)}
	b.keep(row)
}

func (b *bench) latency() {
	l := b.run.Plan.Latency
	round := 0
	for _, rate := range l.Rates {
		for range l.Slices(rate) {
			b.round(round, 1)
			for place, s := range b.run.Plan.LatencyArms() {
				row := b.row(load.Cell{Kind: plan.LatencyCell, Arm: s.Name, Replicas: l.Replicas, Rate: rate, Round: round, Place: place}, l.Slice)
				n := rate * l.Slice.Seconds()
				row.Planned = uint64(n)
				b.serve(&row, s, n, n)
				b.answer(&row)
				b.keep(row)
			}
			round++
		}
	}
}

// answer gives every request of an open loop a latency, around a millisecond, and a lag.
func (b *bench) answer(row *load.Row) {
	sent, due, lag := histogram(), histogram(), histogram()
	for range row.Verdicts[load.OK] {
		late := time.Duration(b.rand.Float64() * float64(max(b.Lag, 2*time.Microsecond)))
		took := time.Duration(float64(time.Millisecond) * math.Exp(0.5*b.rand.NormFloat64()))
		record(sent, took)
		record(due, took+late)
		record(lag, late)
	}
	row.Latency, row.Corrected, row.Lag = encoded(sent), encoded(due), encoded(lag)
}

func (b *bench) row(cell load.Cell, slice time.Duration) load.Row {
	return load.Row{
		Cell: cell, Start: b.run.Environment.Started, Window: slice, Elapsed: slice,
		Verdicts: map[load.Verdict]uint64{}, ByReplica: map[string]uint64{}, Use: map[string]load.Use{},
	}
}

// serve answers counted requests inside the window of served ones in all, as a row with that scheme would.
func (b *bench) serve(row *load.Row, s plan.Scheme, counted, served float64) {
	row.Sent, row.Served = uint64(counted), uint64(served)
	row.BytesIn, row.BytesOut = 310*row.Served, 190*row.Served
	row.Use["generator"] = load.Use{CPU: time.Duration(row.Served) * 18 * time.Microsecond}
	lost := uint64(0)
	if s.LosesLogins {
		lost = row.Sent - row.Sent/uint64(row.Replicas)
	}
	row.Verdicts[load.OK] = row.Sent - lost
	if lost > 0 {
		row.Verdicts[load.Unauthenticated] = lost
	}
	for i := range row.Replicas {
		row.ByReplica[fmt.Sprint(i)] = row.Sent / uint64(row.Replicas)
	}
}

func (b *bench) keep(row load.Row) {
	if b.Change != nil {
		b.Change(&row)
	}
	b.run.Measurements = append(b.run.Measurements, measure.Measure(row))
	if b.Stop > 0 && len(b.run.Measurements) >= b.Stop {
		panic(ended{})
	}
}

func (l Lab) environment() measure.Environment {
	e := measure.Environment{
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: []string{"bin/authlab", "bench"}, Plan: "synthetic", Nonce: "0123456789abcdef",
		Commit: "0123456789abcdef0123456789abcdef01234567", CPU: "a processor that is not there", Cores: 4, Kernel: "Linux 6.1.0", OS: "Synthetic 1",
		Go: "go1.26.0", Governor: "performance", Load: "0.10 0.20 0.30 1/234 5678", Budgets: "cgroup v2",
		Parts: []measure.Part{{Role: "store", Name: "redis-server", Version: "7.0.15"}, {Role: "balancer", Name: "haproxy", Version: "2.6.12"}},
	}
	if l.Unbudgeted {
		e.Budgets, e.Why = "none", "no cgroup may be made here"
	}
	if l.Embedded {
		e.Command = append(e.Command, "--embedded")
		e.Parts = []measure.Part{{Role: "store", Name: "stored", Version: "0123456", Embedded: true}, {Role: "balancer", Name: "balancerd", Version: "0123456", Embedded: true}}
	}
	return e
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func share(d time.Duration, of float64) time.Duration { return time.Duration(float64(d) * of) }

func histogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(time.Minute), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	if err := h.RecordValue(int64(max(d, time.Microsecond))); err != nil {
		panic(err)
	}
}

func encoded(h *hdrhistogram.Histogram) string {
	text, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		panic(err)
	}
	return string(text)
}
