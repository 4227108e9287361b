package analysis

import (
	"cmp"
	"slices"
	"strconv"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Target is what a deployment that the lab did not start did under one load.
type Target struct {
	Connections int `json:"connections,omitempty"` // of a closed loop; 0 is an open loop
	// Latency has the rate of an open loop, 0 in closed loop, and the share that failed.
	Latency Latency        `json:"latency"`
	X       stats.Estimate `json:"answers_per_s"` // correct answers/s
	// Growth is X ÷ the X of the fewest connections in the same round.
	Growth stats.Estimate `json:"ratio_to_fewest_connections"`
	// Replica and Store are CPU time per request, µs: of all replicas together, and of the store.
	Replica stats.Estimate `json:"replica_us"`
	Store   stats.Estimate `json:"store_us"`
	// Cores are how many cores a tier took, median.
	Cores    map[string]float64 `json:"cores"`
	StoreOps float64            `json:"store_operations"` // per request, median; 0 where not read
	// Others is the share of the requests counted by the replicas that this run did not send, median; 0 where they do not
	// count.
	Others    float64 `json:"share_of_others"`
	Answering int     `json:"replicas_answering"` // the fewest in a slice
	// Limit says which limit of the load itself was reached, so that more may be possible; empty where none was.
	Limit message.Sentence `json:"limit,omitzero"`
}

// TargetReplica is one replica of a target, over all slices that count.
type TargetReplica struct {
	Name  string         `json:"name"`             // by its own account
	Share float64        `json:"share_of_answers"` // of all answers
	CPU   stats.Estimate `json:"cpu_us"`           // per request, in closed loop
}

const (
	// ceilingShare is the share of a ceiling from which the ceiling, and not the target, is taken to be the limit.
	ceilingShare = 0.9
	// fullMachine is the share of its machine's cores from which a generator is taken to be the limit.
	fullMachine = 0.9
)

// target finds what a deployment did under each load.
func (a *Analysis) target() {
	type load struct {
		connections int
		rate        float64
	}
	cells := map[load][]*measure.Measurement{}
	var order []load
	for _, m := range a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.TargetCell }) {
		l := load{rate: m.Rate}
		if m.Rate == 0 {
			l.connections = m.Connections
		}
		if cells[l] == nil {
			order = append(order, l)
		}
		cells[l] = append(cells[l], m)
	}
	slices.SortFunc(order, func(x, y load) int {
		return cmp.Or(cmp.Compare(x.rate, y.rate), cmp.Compare(x.connections, y.connections))
	})
	for _, l := range order {
		t := a.under(l.connections, l.rate, cells[l])
		if l.rate == 0 {
			t.Growth = paired(cells[l], cells[order[0]], answered)
		}
		a.Target = append(a.Target, t)
	}
	a.targetReplicas()
}

// under is what the target did under one load.
func (a *Analysis) under(connections int, rate float64, cells []*measure.Measurement) Target {
	scheme, _ := plan.SchemeNamed(cells[0].Scheme) // a slice of an unknown scheme has a doubt
	t := Target{
		Connections: connections, Latency: latencyOf(scheme, rate, cells), Cores: map[string]float64{},
		Answering: len(cells[0].Answers),
	}
	var x, replica, store, operations, others []float64
	cores := map[string][]float64{}
	for _, m := range cells {
		x = append(x, m.Throughput)
		if m.Cost["replica"] > 0 {
			replica = append(replica, micros(m, "replica"))
		}
		if m.Cost["store"] > 0 {
			store, operations = append(store, micros(m, "store")), append(operations, m.StoreOps)
		}
		for tier, taken := range m.Cores {
			cores[tier] = append(cores[tier], taken)
		}
		if m.Answered > 0 {
			others = append(others, 1-min(1, float64(m.Served)/float64(m.Answered)))
		}
		t.Answering = min(t.Answering, len(m.Answers))
	}
	t.X, t.Replica, t.Store, t.StoreOps, t.Others = stats.Of(x), stats.Of(replica), stats.Of(store),
		stats.Median(operations), stats.Median(others)
	for tier, taken := range cores {
		t.Cores[tier] = stats.Median(taken)
	}
	t.Limit = a.limit(t)
	return t
}

// limit says which limit of the load itself kept a closed loop from more.
func (a *Analysis) limit(t Target) (limit message.Sentence) {
	e := a.Run.Environment
	switch {
	case t.Connections == 0 || e.Target == nil:
		return limit
	case len(e.Target.Runs) > 0:
		if words := e.Target.Limits[t.Connections]; words != "" {
			limit.Message = message.Text(words)
		}
		return limit
	case t.X.Center >= ceilingShare*e.Target.MaxRate:
		return message.Say("target.ceiling", "rate", e.Target.MaxRate)
	case e.Cores > 0 && t.Cores["generator"] >= fullMachine*float64(e.Cores):
		return message.Say("target.generator", "taken", t.Cores["generator"], "cores", e.Cores)
	}
	return limit
}

// targetReplicas shares the answers out among the replicas.
func (a *Analysis) targetReplicas() {
	if a.Run.Environment.Target == nil {
		return
	}
	for i, name := range a.Run.Environment.Target.Replicas {
		index := strconv.Itoa(i)
		var own, all uint64
		var cpu []float64
		for _, m := range a.valid(func(m *measure.Measurement) bool { return m.Kind == plan.TargetCell }) {
			n := m.Answers[index]
			own, all = own+n, all+m.Counted
			if used := m.CPU["replica-"+index]; used > 0 && n > 0 && m.Rate == 0 {
				cpu = append(cpu, float64(used.Nanoseconds())/1000/float64(n)*float64(m.Counted)/float64(m.Served))
			}
		}
		if all > 0 {
			a.TargetReplicas = append(a.TargetReplicas, TargetReplica{name, float64(own) / float64(all), stats.Of(cpu)})
		}
	}
}
