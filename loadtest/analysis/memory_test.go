package analysis

import (
	"testing"

	"authlab/loadtest/record"
)

func TestMemory(t *testing.T) {
	var all []record.Runtime
	for start := range 3 {
		all = append(all,
			record.Runtime{Restart: start, Scheme: "control", LiveHeap: 64 << 20, Users: 1000},
			record.Runtime{
				Restart: start, Scheme: "session-redis", LiveHeap: 64<<20 + 50_000, Users: 1000,
				StoreGrowth: 350_000 + int64(start)*1000,
			},
		)
	}
	if m := memoryOf("session-redis", "control", all); m == nil || *m != (Memory{Replica: 50, Store: 351, Users: 1000}) {
		t.Errorf("got %+v", m)
	}
	for _, runtimes := range [][]record.Runtime{
		nil, all[:1],
		{{Scheme: "control", LiveHeap: 1}, {Scheme: "session-redis", LiveHeap: 2}},
	} {
		if m := memoryOf("session-redis", "control", runtimes); m != nil {
			t.Errorf("of %+v it makes %+v", runtimes, m)
		}
	}
}
