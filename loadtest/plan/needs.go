package plan

import "fmt"

// Needs are the most processes that stand at one time, and the most memory, about.
type Needs struct {
	Processes int
	Memory    int64 // bytes
}

// What a process takes, and a login that a replica or a store holds. A replica without a budget also touches as much
// memory as its ballast has.
const (
	processMemory = 32 << 20
	heapMemory    = 64 << 20
	loginMemory   = 1 << 10
)

// String says how many, and how much.
func (n Needs) String() string {
	return fmt.Sprintf("%d processes at once, about %.1f GiB of memory", n.Processes, float64(n.Memory)/(1<<30))
}

// Needs returns what the stages of the plan need at most. Kinds of experiment measure one scheme at a time and need
// less.
func (p *Plan) Needs() Needs {
	var most Needs
	larger := func(n Needs) {
		most.Processes = max(most.Processes, n.Processes)
		most.Memory = max(most.Memory, n.Memory)
	}
	if d := p.Demand; d != nil {
		larger(p.need(p.DemandSchemes(), func(Scheme) int { return d.Starts() }, heapMemory, false))
	}
	if s := p.Scaling; s != nil {
		larger(p.NeedsAt(s.Replicas))
	}
	if l := p.Latency; l != nil {
		larger(p.need(p.LatencySchemes(), func(Scheme) int { return l.Replicas }, heapMemory, true))
	}
	if c := p.Capacity; c != nil {
		larger(p.need(p.AllSchemes(), func(Scheme) int { return c.Replicas[len(c.Replicas)-1] }, 0, true))
	}
	return most
}

// NeedsAt returns what the scaling stage needs with these sizes, which rise.
func (p *Plan) NeedsAt(sizes []int) Needs {
	return p.need(p.AllSchemes(), func(scheme Scheme) int {
		own := p.Scaling.SizesOf(scheme.Name, sizes)
		return own[len(own)-1]
	}, 0, true)
}

// need adds up the schemes' replicas with the memory of their heaps, stores and, where there are fronts, balancers.
func (p *Plan) need(schemes []Scheme, replicas func(Scheme) int, heap int, fronts bool) (n Needs) {
	for _, s := range schemes {
		own := replicas(s)
		n.Processes += own
		n.Memory += int64(own * heap)
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
