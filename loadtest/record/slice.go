package record

import (
	"strconv"
	"time"

	"authlab/loadtest/plan"
)

// Cell names one slice of load: what was visited, and when in the schedule.
type Cell struct {
	Kind     plan.Kind `json:"kind"`
	Arm      string    `json:"arm"`            // a row of plan.Schemes
	Tier     string    `json:"tier,omitempty"` // the tier that a demand cell saturates: replica, store, balancer
	Replicas int       `json:"replicas"`
	First    int       `json:"first,omitempty"` // index of the first of these replicas among those that stand
	Rate     float64   `json:"rate,omitempty"`  // requests/s asked for; 0 for closed loop
	Share    float64   `json:"share,omitempty"` // ladder cells: of the rate that saturates; absent at saturation
	Restart  int       `json:"restart"`         // which start of the processes, from 0
	Round    int       `json:"round"`
	Place    int       `json:"place"` // place in the round's shuffled order, from 0
	// Budgets are the CPU budgets in force, in cores by process name; absent where there is none.
	Budgets map[string]float64 `json:"budgets,omitempty"`
}

// Use is what one process consumed during a slice, read when it was idle before and after.
type Use struct {
	CPU       time.Duration `json:"cpu_ns"`
	Throttled time.Duration `json:"throttled_ns,omitempty"`
	Switches  int64         `json:"switches,omitempty"` // context switches, voluntary and not; 0 where not read
	// Escaped says that the process was not, or not as a whole, in the control group that holds its budget.
	Escaped bool `json:"escaped,omitempty"`
	// Operations are the commands that a store worked on, as it counts them itself; nil where not read.
	Operations *int64 `json:"operations,omitempty"`
}

// Slice is one slice of load as it was measured: one line of raw/slices.jsonl. It holds nothing secret.
type Slice struct {
	Cell
	Nonce       string             `json:"nonce"` // of the cluster whose replicas had to answer
	Start       time.Time          `json:"start"`
	Window      time.Duration      `json:"window_ns"`   // what was answered inside it is counted
	Elapsed     time.Duration      `json:"elapsed_ns"`  // from the first request sent to the last answer: what Use spans
	Planned     uint64             `json:"planned"`     // requests the schedule asked for; 0 for closed loop
	Sent        uint64             `json:"sent"`        // requests counted
	Served      uint64             `json:"served"`      // requests tried while Use was spent, counted or not
	Connections int                `json:"connections"` // open loop: as many as were needed
	Verdicts    map[Verdict]uint64 `json:"verdicts"`
	ByReplica   map[string]uint64  `json:"by_replica"` // answers by replica index
	BytesIn     uint64             `json:"bytes_in"`   // as they arrived on the wire, headers included
	BytesOut    uint64             `json:"bytes_out"`
	Use         map[string]Use     `json:"use"`                 // by process name; "generator" is the lab itself
	Latency     string             `json:"latency"`             // for DecodeHistogram: OK answers, from when sent
	Corrected   string             `json:"corrected,omitempty"` // open loop: from when it was due
	Lag         string             `json:"lag,omitempty"`       // open loop: sent minus due
	Held        time.Duration      `json:"held_ns,omitempty"`   // latency cells: that requests spent in the replicas, by their own account
	Note        string             `json:"note,omitempty"`      // why a slice was cut short, in words
}

// Budget is the CPU budget of each process of a tier, in cores; 0 where there is none.
func (c Cell) Budget(tier string) float64 {
	if tier == "replica" { // all have the same
		tier = "replica-" + strconv.Itoa(c.First)
	}
	return c.Budgets[tier]
}

// Saturated is the share of its time that a tier must be busy for its CPU per request to be a cost.
const Saturated = 0.95
