package plan

import "fmt"

// Needs are the processes that stand at one time, and the memory that they take, about.
type Needs struct {
	Processes int
	Memory    int64 // bytes
}

// What a process takes, and a login that a replica or a store holds. With 113 processes and 10,000 users a run of bench
// took 2.5 GiB.
const (
	processMemory = 24 << 20
	loginMemory   = 1 << 10
)

// String says how many, and how much.
func (n Needs) String() string {
	return fmt.Sprintf("%d processes at once, about %.1f GiB of memory", n.Processes, float64(n.Memory)/(1<<30))
}

// Needs returns what the largest stage of the plan needs. Kinds of experiment measure one scheme at a time and need
// less.
func (p *Plan) Needs() Needs {
	var most Needs
	larger := func(n Needs) {
		if n.Processes > most.Processes {
			most = n
		}
	}
	if d := p.Demand; d != nil {
		larger(p.need(p.DemandSchemes(), func(Scheme) int { return d.Starts() }, false))
	}
	if s := p.Scaling; s != nil {
		larger(p.NeedsAt(s.Replicas))
	}
	if l := p.Latency; l != nil {
		larger(p.need(p.LatencySchemes(), func(Scheme) int { return l.Replicas }, true))
	}
	if c := p.Capacity; c != nil {
		larger(p.need(p.AllSchemes(), func(Scheme) int { return c.Replicas[len(c.Replicas)-1] }, true))
	}
	return most
}

// NeedsAt returns what the scaling stage needs with these sizes, which rise.
func (p *Plan) NeedsAt(sizes []int) Needs {
	return p.need(p.AllSchemes(), func(scheme Scheme) int {
		own := p.Scaling.SizesOf(scheme.Name, sizes)
		return own[len(own)-1]
	}, true)
}

// need adds up the schemes' replicas, stores and, where there are fronts, balancers.
func (p *Plan) need(schemes []Scheme, replicas func(Scheme) int, fronts bool) (n Needs) {
	for _, s := range schemes {
		own := replicas(s)
		n.Processes += own
		if s.PerReplica || s.Shown > 0 {
			n.Memory += int64(own*p.Users) * loginMemory
		}
		if s.Store {
			n.Processes++
			n.Memory += int64(p.Users) * loginMemory
		}
		if fronts {
			n.Processes++
		}
	}
	n.Memory += int64(n.Processes) * processMemory
	return n
}
