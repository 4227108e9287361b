package record

import (
	"strconv"
	"time"

	"authlab/loadtest/plan"
)

// Cell names one slice of load: what it visits, and its place in the schedule.
type Cell struct {
	Kind     plan.Kind `json:"kind"`
	Scheme   string    `json:"arm"`            // a name in plan.Schemes
	Tier     string    `json:"tier,omitempty"` // the tier that a demand cell saturates: replica, store, balancer
	Replicas int       `json:"replicas"`
	First    int       `json:"first,omitempty"`    // index of the first of these replicas in the cluster
	Standing int       `json:"standing,omitempty"` // replicas that run, visited or not; 0 where that was not recorded
	Rate     float64   `json:"rate,omitempty"`     // requests/s, as planned; 0 for closed loop
	Share    float64   `json:"share,omitempty"`    // ladder cells: share of the saturating rate; absent at saturation
	Restart  int       `json:"restart"`            // which start of the processes, from 0
	Round    int       `json:"round"`
	Place    int       `json:"place"` // place in the round's shuffled order, from 0
	// Budgets are the CPU budgets in force, in cores by process name; absent where there is none.
	Budgets map[string]float64 `json:"budgets,omitempty"`
}

// Use is what one process consumed during a slice, read before and after the slice while it was idle.
type Use struct {
	CPU       time.Duration `json:"cpu_ns"`
	Throttled time.Duration `json:"throttled_ns,omitempty"`
	Switches  int64         `json:"switches,omitempty"` // context switches, voluntary and involuntary; 0 if not read
	// Escaped means that at least a part of the process was outside the control group that enforces its budget.
	Escaped bool `json:"escaped,omitempty"`
	// Operations is the number of commands that a store executed, by its own count; nil if not read.
	Operations *int64 `json:"operations,omitempty"`
}

// Slice is one measured slice of load: one line of raw/slices.jsonl. It holds no secrets.
type Slice struct {
	Cell
	Nonce       string             `json:"nonce"` // of the cluster whose replicas had to answer
	Start       time.Time          `json:"start"`
	Window      time.Duration      `json:"window_ns"`         // only answers within it count
	Elapsed     time.Duration      `json:"elapsed_ns"`        // from the first request to the last answer: the span of Use
	Planned     uint64             `json:"planned"`           // requests in the schedule; 0 for closed loop
	Sent        uint64             `json:"sent"`              // requests counted
	Served      uint64             `json:"served"`            // requests sent during Elapsed, counted or not
	Hottest     uint64             `json:"hottest,omitempty"` // of Served, of the most frequent user; 0: all in turn
	Users       int                `json:"users,omitempty"`   // who come at random; 0: they come in turn
	Connections int                `json:"connections"`       // open loop: as many as needed
	Verdicts    map[Verdict]uint64 `json:"verdicts"`
	ByReplica   map[string]uint64  `json:"by_replica"` // answers by replica index
	BytesIn     uint64             `json:"bytes_in"`   // on the wire, headers included
	BytesOut    uint64             `json:"bytes_out"`
	Use         map[string]Use     `json:"use"`                 // by process name; "generator" is the lab itself
	Latency     string             `json:"latency"`             // for DecodeHistogram: OK answers, since sent
	Corrected   string             `json:"corrected,omitempty"` // open loop: from the due time
	Lag         string             `json:"lag,omitempty"`       // open loop: sent minus due
	Held        time.Duration      `json:"held_ns,omitempty"`   // latency cells: time in the replicas, by their count
	Note        string             `json:"note,omitempty"`      // why the slice was cut short
}

// Budget returns the CPU budget of each process of a tier, in cores; 0 without a budget.
func (c Cell) Budget(tier string) float64 {
	if tier == "replica" { // all have the same
		tier = "replica-" + strconv.Itoa(c.First)
	}
	return c.Budgets[tier]
}

// Saturated is the least utilization of a tier at which its CPU per request counts as its cost.
const Saturated = 0.95
