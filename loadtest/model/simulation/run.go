package simulation

import (
	"math"
	"math/rand/v2"

	"authlab/loadtest/model"
)

// replicas is the index of the replicas on the path of a request.
const replicas = 1

// run is a run in progress.
type run struct {
	Config
	counter
	stations [3]station // by event.where
	events   events
	order    int64
	turn     int
	homes    []int // replica by user
	// Separate random streams, so that two runs that differ in one setting share the other draws.
	arrivals, work, routes *rand.Rand
}

// Run runs the simulation. The error says what is wrong with the Config.
func Run(c Config) (Result, error) {
	if err := c.check(); err != nil {
		return Result{}, err
	}
	if c.Period == 0 {
		c.Period = Period
	}
	r := start(c)
	for len(r.events) > 0 {
		r.step(r.events.pop())
	}
	result := r.result()
	result.Balancer, _ = r.stations[0].used(c.Window)
	result.Replicas, result.Busiest = r.stations[1].used(c.Window)
	result.Store, _ = r.stations[2].used(c.Window)
	return result, nil
}

func start(c Config) *run {
	stream := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, n)) }
	r := &run{Config: c, arrivals: stream(1), work: stream(2), routes: stream(3)}
	r.from, r.to = int64(c.Warmup), int64(c.Warmup+c.Window)
	phases := stream(4)
	// The store comes last: its place within a replica's work does not change the load of any queue.
	for i, t := range []model.Tier{c.Network.Balancer, c.Network.Replica, c.Network.Store} {
		processes := 1
		if i == replicas {
			processes = c.Network.Replicas
		}
		r.stations[i] = newStation(t, processes, c.Period, c.Slack, phases)
	}
	if c.Routing == Sticky {
		r.homes = make([]int, c.Users)
		for user := range r.homes {
			r.homes[user] = r.routes.IntN(c.Network.Replicas)
		}
	}
	if c.Rate > 0 {
		r.arrive(0)
		return r
	}
	for range c.Network.Connections {
		r.push(event{})
	}
	return r
}

func (r *run) push(e event) {
	r.order++
	e.order = r.order
	r.events.push(e)
}

// arrive schedules the next request of an open loop after one at now, if it falls into the run.
func (r *run) arrive(now int64) {
	next := now + int64(math.Round(r.arrivals.ExpFloat64()/r.Rate*1e9))
	if next < r.to {
		r.push(event{at: next, due: next})
	}
}

// step serves a request at its tier, and sends it to the next one.
func (r *run) step(e event) {
	if e.where == 0 && r.Rate > 0 {
		r.arrive(e.at)
	}
	for ; e.where < len(r.stations); e.where++ {
		if r.stations[e.where].Demand > 0 {
			e.at = r.serve(e)
			e.where++
			r.push(e)
			return
		}
	}
	r.answered(e.due, e.at)
	if next := e.at + int64(r.Network.Delay*1e9); r.Rate == 0 && next < r.to {
		r.push(event{at: next, due: next})
	}
}

// serve returns when a request is finished at its tier.
func (r *run) serve(e event) int64 {
	at, which := &r.stations[e.where], 0
	work := at.Demand * 1e9
	if r.Service == Exponential {
		work *= r.work.ExpFloat64()
	}
	if e.where == replicas {
		which = r.route()
	}
	ns := int64(math.Round(work))
	end := at.processes[which].serve(e.at, ns)
	at.busy[which] += r.used(end, ns)
	return end
}

// route picks a replica.
func (r *run) route() int {
	switch r.Routing {
	case Random:
		return r.routes.IntN(r.Network.Replicas)
	case Sticky:
		return r.homes[r.routes.IntN(r.Users)]
	default:
		r.turn = (r.turn + 1) % r.Network.Replicas
		return r.turn
	}
}
