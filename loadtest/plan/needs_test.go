package plan

import "testing"

func TestNeeds(t *testing.T) {
	p, err := Parse("p.yaml", []byte(`
name: mine
users: 1024
schemes: [session-memory, session-redis]
demand: {slice: 50ms, rounds: 6, launches: 6, connections: 4}
scaling: {replicas: [1, 8], up_to: {session-memory: 1}, budget: 0.1, slice: 200ms, rounds: 6, connections: 8}
`))
	if err != nil {
		t.Fatal(err)
	}
	// Two controls and Redis with 8 replicas each, session-memory with one, a store, four balancers.
	// Four schemes with six launches each, without a budget, and a store need more memory.
	const memory = 25*processMemory + 24*heapMemory + 7*1024*loginMemory
	if n := p.Needs(); n.Processes != 3*8+1+1+4 || n.Memory != memory {
		t.Errorf("got %+v: %s", n, n)
	}
	if n := p.NeedsAt([]int{1}); n.Processes != 4+1+4 || n.Memory != 9*processMemory+2*1024*loginMemory {
		t.Errorf("with one replica each: %+v", n)
	}
	p.Scaling = nil
	if n := p.Needs(); n.Processes != 25 || n.Memory != memory {
		t.Errorf("without clusters: %+v", n)
	}
}
