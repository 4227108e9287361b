package load

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
)

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

// Counters are what a replica's /metrics says of its runtime, since it started.
type Counters struct {
	GC, CPU  time.Duration
	Held     time.Duration // that requests spent being answered, added up
	LiveHeap uint64
}

// Scrape reads a replica's /metrics. The error names what is missing there.
func Scrape(ctx context.Context, base string) (Counters, error) {
	told, err := cluster.ReadMetrics(ctx, base)
	if err != nil {
		return Counters{}, err
	}
	values := map[string]float64{}
	for _, name := range []string{"authlab_gc_cpu_seconds_total", "authlab_cpu_seconds_total", "authlab_request_seconds_total", "authlab_live_heap_bytes"} {
		v, ok := told.Sum(name, nil)
		if !ok {
			return Counters{}, fmt.Errorf("%s/metrics has no %s", base, name)
		}
		values[name] = v
	}
	seconds := func(name string) time.Duration { return time.Duration(values[name] * float64(time.Second)) }
	return Counters{
		GC: seconds("authlab_gc_cpu_seconds_total"), CPU: seconds("authlab_cpu_seconds_total"),
		Held:     seconds("authlab_request_seconds_total"),
		LiveHeap: uint64(values["authlab_live_heap_bytes"]),
	}, nil
}
