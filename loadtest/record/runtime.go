package record

import "time"

// Runtime holds the measurements of one replica's Go runtime over all slices between two starts: a line of
// raw/runtime.jsonl. The garbage collector does not run in every slice, so only many slices show its share.
type Runtime struct {
	Restart  int           `json:"restart"`
	Scheme   string        `json:"arm"`
	GC       time.Duration `json:"gc_cpu_ns"` // CPU time of the garbage collector
	CPU      time.Duration `json:"cpu_ns"`    // CPU time of the process
	Requests uint64        `json:"requests"`  // answered meanwhile
	LiveHeap uint64        `json:"live_heap_bytes"`
	Users    int           `json:"users"` // signed in meanwhile
	// StoreGrowth is how much the store grew when they signed in; 0 where there is no store, or it does not report its
	// size.
	StoreGrowth int64 `json:"store_growth_bytes,omitempty"`
}
