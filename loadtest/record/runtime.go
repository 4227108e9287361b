package record

import "time"

// Runtime is what one replica's Go runtime did over all the slices between a start and the next: a line of
// raw/runtime.jsonl. The collector does not run in every slice, so its share is only known over many.
type Runtime struct {
	Restart  int           `json:"restart"`
	Arm      string        `json:"arm"`
	GC       time.Duration `json:"gc_cpu_ns"` // CPU time of the garbage collector
	CPU      time.Duration `json:"cpu_ns"`    // CPU time of the process
	Requests uint64        `json:"requests"`  // answered meanwhile
	LiveHeap uint64        `json:"live_heap_bytes"`
	Users    int           `json:"users"` // signed in meanwhile
	// StoreGrowth is by how much the store grew when they signed in; 0 where there is none, or it does not tell.
	StoreGrowth int64 `json:"store_growth_bytes,omitempty"`
}
