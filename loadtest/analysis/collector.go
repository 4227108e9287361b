package analysis

import (
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Collector is what the garbage collector did in a scheme's replica while its cost was measured. A smaller live heap is
// collected more often, so costs compare only where heaps are alike.
type Collector struct {
	CPU      float64 `json:"gc_cpu_us"`       // µs per request, median over starts: a part of the scheme's CPU
	LiveHeap float64 `json:"live_heap_bytes"` // after the last collection, median over starts
	Starts   int     `json:"starts"`          // launches that were read
}

// heapsAlike is the share by which the largest live heap may exceed the smallest.
const heapsAlike = 0.10

func collectorOf(scheme string, all []record.Runtime) *Collector {
	var cpu, heap []float64
	for _, u := range all {
		if u.Scheme == scheme && u.Requests > 0 {
			cpu = append(cpu, float64(u.GC)/float64(time.Microsecond)/float64(u.Requests))
			heap = append(heap, float64(u.LiveHeap))
		}
	}
	if len(cpu) == 0 {
		return nil
	}
	return &Collector{CPU: stats.Median(cpu), LiveHeap: stats.Median(heap), Starts: len(cpu)}
}

// heaps says between which schemes live heaps differ too much; empty when they are alike.
func heaps(costs []Cost) message.Sentence {
	var least, most *Cost
	for i := range costs {
		c := &costs[i]
		if c.Collector == nil || c.As != "" || unballasted(c.Name) {
			continue
		}
		if least == nil || c.Collector.LiveHeap < least.Collector.LiveHeap {
			least = c
		}
		if most == nil || c.Collector.LiveHeap > most.Collector.LiveHeap {
			most = c
		}
	}
	if least == nil || most.Collector.LiveHeap <= (1+heapsAlike)*least.Collector.LiveHeap {
		return message.Sentence{}
	}
	return message.Say("cost.heaps", "share", heapsAlike, "least", least.Collector.LiveHeap/(1<<20), "smaller", least.Name,
		"most", most.Collector.LiveHeap/(1<<20), "larger", most.Name)
}
