package load

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
)

// Counters are a replica's reports about its runtime at /metrics, since it started.
type Counters struct {
	GC, CPU  time.Duration
	Held     time.Duration // the time that requests spent in the replica, added up
	LiveHeap uint64
}

// Scrape reads a replica's /metrics. The error names a missing metric.
func Scrape(ctx context.Context, base string) (Counters, error) {
	told, err := cluster.ReadMetrics(ctx, base)
	if err != nil {
		return Counters{}, err
	}
	values := map[string]float64{}
	for _, name := range []string{
		"authlab_gc_cpu_seconds_total", "authlab_cpu_seconds_total",
		"authlab_request_seconds_total", "authlab_live_heap_bytes",
	} {
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
