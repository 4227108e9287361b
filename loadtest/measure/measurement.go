package measure

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Reason is why a slice does not count.
type Reason string

// The reasons.
const (
	GeneratorBound     Reason = "GENERATOR-BOUND"     // the generator, not the system under test, was the bottleneck
	ThrottledGenerator Reason = "THROTTLED-GENERATOR" // a CPU limit kept the generator from sending
	IdleTier           Reason = "IDLE-TIER"           // a demand cell whose tier was not saturated
	MixedUp            Reason = "MIXED-UP"            // a wrong user's answer: voids the run
	TreatmentMissing   Reason = "TREATMENT-MISSING"   // the treatment did not take place
)

// Doubt is a reason, with the figures that led to it.
type Doubt struct {
	Reason Reason          `json:"reason"`
	Said   message.Message `json:"said"`
}

// Alike reports whether two doubts say the same, apart from figures and the number of a replica.
func (d Doubt) Alike(other Doubt) bool {
	return d.Reason == other.Reason && tiered(d.Said).Alike(tiered(other.Said))
}

// tiered is the message with a tier in place of a process.
func tiered(said message.Message) message.Message {
	if name, ok := said.Args["process"].(string); ok {
		said.Args = maps.Clone(said.Args)
		said.Args["process"] = tierOf(name)
	}
	return said
}

// Measurement is what one slice measured.
type Measurement struct {
	record.Cell
	Start      time.Time
	Drain      time.Duration // open loop: from the window's end to the last answer; negative when all were answered before
	Throughput float64       // correct answers/s
	// Cost is CPU time per answered request by tier: replica (all together), store, balancer, generator.
	Cost map[string]time.Duration
	// Busy is the share of the slice for which a tier was running, by tier: of its budget where it has one, otherwise of a
	// core.
	Busy map[string]float64
	// Cores is how many cores a tier used, by tier.
	Cores map[string]float64
	// Busiest is the largest Busy of a single replica. It differs from the tier's when a balancer favours one.
	Busiest float64
	// seconds for which budgets kept the tier's processes from running, for each second of the slice
	Throttled map[string]float64
	StoreOps  float64 // operations of the store per request, by its own count; 0 without a store
	Switches  float64 // context switches of the replicas per request
	BytesIn   float64 // per request
	BytesOut  float64 // per request
	// CPU is what each process used, by name. Answers is how many answers came from each replica, by index.
	CPU         map[string]time.Duration
	Answers     map[string]uint64
	Hottest     float64                   // share of the user who comes most often; 0 where users come in turn
	Served      uint64                    // requests tried while CPU was spent
	Answered    uint64                    // requests that the replicas counted in that time; 0 where not read
	Connections int                       // open loop: as many as were needed
	Counted     uint64                    // requests counted
	Lost        float64                   // share of requests answered 401
	Verdicts    map[record.Verdict]uint64 // outcomes of the counted requests
	Latency     *hdrhistogram.Histogram   // ns, from sending
	Corrected   *hdrhistogram.Histogram   // ns, from the due time; nil in closed loop
	Lag         *hdrhistogram.Histogram   // ns, sending minus due time; nil in closed loop
	// InReplicas is the share of the time from sending to answer for which requests were in the replicas. It is the number
	// of requests in flight in the replicas, by their own report, ÷ (rate × latency), as the generator saw them
	// (Little's law). It is 0 where not read.
	InReplicas float64
	Doubts     []Doubt // empty: VALID
}

// Valid reports whether the slice counts.
func (m *Measurement) Valid() bool { return len(m.Doubts) == 0 }

// Measure judges a slice. A slice that makes no sense, such as one without a duration, becomes a measurement with a
// doubt: one bad slice does not affect the others.
func Measure(row record.Slice) Measurement {
	m := Measurement{
		Cell: row.Cell, Start: row.Start, Counted: row.Sent, Verdicts: row.Verdicts, Cores: map[string]float64{},
		Answers: row.ByReplica, Served: row.Served, Connections: row.Connections, CPU: map[string]time.Duration{},
		Cost: map[string]time.Duration{}, Busy: map[string]float64{}, Throttled: map[string]float64{},
	}
	m.histograms(row)
	if row.Window > 0 && row.Elapsed > 0 {
		m.Throughput = float64(row.Verdicts[record.OK]) / row.Window.Seconds()
		m.Drain = row.Elapsed - row.Window
		m.tiers(row)
	} else {
		m.add(TreatmentMissing, "slice.no-duration")
	}
	if row.Served > 0 {
		m.Hottest = float64(row.Hottest) / float64(row.Served)
		m.BytesIn, m.BytesOut = float64(row.BytesIn)/float64(row.Served), float64(row.BytesOut)/float64(row.Served)
	}
	if row.Sent > 0 {
		m.Lost = float64(row.Verdicts[record.Unauthenticated]) / float64(row.Sent)
	}
	m.doubt(row)
	return m
}

// add doubts the slice: a key of the catalogue, then the names and values of its arguments in turn.
func (m *Measurement) add(r Reason, key string, args ...any) {
	m.Doubts = append(m.Doubts, Doubt{r, message.New(key, args...)})
}

func (m *Measurement) histograms(row record.Slice) {
	for _, h := range []struct {
		into **hdrhistogram.Histogram
		text string
	}{{&m.Latency, row.Latency}, {&m.Corrected, row.Corrected}, {&m.Lag, row.Lag}} {
		if h.text == "" {
			continue
		}
		var err error
		if *h.into, err = record.DecodeHistogram(h.text); err != nil {
			*h.into = nil
			m.add(TreatmentMissing, "slice.latencies-unreadable", "why", err)
		}
	}
	if (row.Kind == plan.LatencyCell || row.Kind == plan.CapacityCell) &&
		(m.Latency == nil || m.Corrected == nil || m.Lag == nil) {
		m.add(TreatmentMissing, "slice.latencies-missing")
	}
}

// tiers adds up the processes' use by tier.
func (m *Measurement) tiers(row record.Slice) {
	cpu, throttled, allowed := map[string]time.Duration{}, map[string]time.Duration{}, map[string]float64{}
	var switches int64
	for _, name := range slices.Sorted(maps.Keys(row.Use)) { // in order, because a sum of floats depends on it
		use, tier := row.Use[name], tierOf(name)
		budget := 1.0
		if b, ok := row.Budgets[name]; ok && b > 0 {
			budget = b
		}
		m.CPU[name] = use.CPU
		cpu[tier] += use.CPU
		throttled[tier] += use.Throttled
		allowed[tier] += budget
		if tier == "replica" {
			switches += use.Switches
			m.Busiest = max(m.Busiest, use.CPU.Seconds()/budget/row.Elapsed.Seconds())
		}
	}
	for tier, used := range cpu {
		m.Cores[tier] = used.Seconds() / row.Elapsed.Seconds()
		m.Busy[tier] = m.Cores[tier] / allowed[tier]
		m.Throttled[tier] = throttled[tier].Seconds() / row.Elapsed.Seconds()
		if row.Served > 0 {
			m.Cost[tier] = used / time.Duration(row.Served)
		}
	}
	if row.Served > 0 {
		m.Switches = float64(switches) / float64(row.Served)
	}
}

// tierOf turns replica-3 into replica; other processes are tiers of their own.
func tierOf(process string) string {
	tier, _, _ := strings.Cut(process, "-")
	return tier
}
