package record

import (
	"time"

	"authlab/loadtest/stats"
)

// Selftest is the measured resolution of a machine: results/selftest.json, and in its short form a part of env.json. It
// describes the machine at one time. No figure of a run depends on it.
type Selftest struct {
	Form     Form          `json:"form"`    // short or long
	Began    time.Time     `json:"began"`   // UTC
	Took     time.Duration `json:"took_ns"` // wall clock
	Verdict  []string      `json:"verdict"` // plain sentences
	Machine  Machine       `json:"machine"`
	Naps     []Nap         `json:"naps"` // by length
	CPUClock CPUClock      `json:"cpu_clock"`
	Closed   []Ceiling     `json:"closed_loop"` // what limits the closed loop, by server
	Open     []Punctuality `json:"open_loop"`   // by rising rate
	// Lines are the table of slices, longest first; absent in the short form.
	Lines []SliceLine `json:"slices,omitempty"`
	// Slice is the length in Lines with the best resolution that is still free of bias; 0 if there is none.
	Slice   time.Duration `json:"slice_ns,omitempty"`
	Budgets []HeldBudget  `json:"budgets,omitempty"` // by size
	// NoBudgets says why CPU budgets are not available.
	NoBudgets string `json:"no_budgets,omitempty"`
}

// Form is the extent of a selftest.
type Form string

// The forms.
const (
	Full  Form = "full"  // two minutes, on its own
	Short Form = "short" // two seconds, before every bench
)

// Machine is where a selftest was made.
type Machine struct {
	CPU      string `json:"cpu"`      // model
	Cores    int    `json:"cores"`    // available to the lab
	Kernel   string `json:"kernel"`   // release
	Governor string `json:"governor"` // of the CPU frequency
	Load     string `json:"load"`     // /proc/loadavg before the start
	// Before and During are the interference of other programs; nil where /proc/stat does not show it.
	Before *Interference `json:"before,omitempty"`
	During *Interference `json:"during,omitempty"`
}

// Interference is the CPU time that others took, as shares of the time of all cores.
type Interference struct {
	Others float64 `json:"others"` // used by programs outside the lab
	Steal  float64 `json:"steal"`  // taken by the host of a virtual machine
}

// Nap is how late the kernel woke a sleeping thread.
type Nap struct {
	Length time.Duration `json:"length_ns"`   // asked for
	Times  int           `json:"times"`       // how often
	P50    time.Duration `json:"late_p50_ns"` // how much later it ended
	P99    time.Duration `json:"late_p99_ns"` // how much later it ended
}

// CPUClock is the resolution of a process's CPU clock while the process runs.
type CPUClock struct {
	Step  time.Duration `json:"step_ns"` // median difference between a reading and the next different reading
	Steps int           `json:"steps"`   // the number of steps seen
}

// Ceiling is the throughput of the generator in closed loop, with generator and server on a core each.
type Ceiling struct {
	Against   string  `json:"against"`        // the server
	Rate      float64 `json:"requests_per_s"` // answers/s
	Generator float64 `json:"generator_us"`   // CPU µs per request
	Server    float64 `json:"server_us"`      // CPU µs per request
	// GeneratorBusy and ServerBusy are shares of a core. The larger one is the bottleneck.
	GeneratorBusy float64 `json:"generator_busy"`
	ServerBusy    float64 `json:"server_busy"`
}

// Punctuality is how well the generator kept a rate in open loop against a server that does nothing.
type Punctuality struct {
	Rate      float64       `json:"rate"`         // requests/s asked for
	Planned   uint64        `json:"planned"`      // requests
	Sent      uint64        `json:"sent"`         // requests
	LagP50    time.Duration `json:"lag_p50_ns"`   // how late they were sent
	LagP99    time.Duration `json:"lag_p99_ns"`   // how late they were sent
	Generator float64       `json:"generator_us"` // CPU µs per request, including waiting
}

// SliceLine is a line of the table of slices: the same total time of load, divided into slices of one length.
type SliceLine struct {
	Slice  time.Duration `json:"slice_ns"` // length
	Rounds int           `json:"rounds"`   // visited; Same.N is the number of valid ones
	// Same is the A/A control: a difference from 1 is noise or bias. Other is the ratio of Against to the control.
	Same    stats.Estimate `json:"a_against_a"`
	Other   stats.Estimate `json:"b_against_a"`
	Against string         `json:"b"`
	// OverStarts is Same with the starts of the processes as samples, as in a run.
	OverStarts stats.Estimate `json:"a_against_a_over_starts"`
	// ByRound and ByStart are the standard deviations of Same from round to round within a start, and from start to start.
	ByRound float64 `json:"spread_of_rounds"`
	ByStart float64 `json:"spread_of_starts"`
	Valid   int     `json:"valid"`           // valid slices
	Of      int     `json:"of"`              // all slices
	Doubt   string  `json:"doubt,omitempty"` // of the first slice that is not valid
}

// HeldBudget is how a process used a CPU budget that it tried to exceed.
type HeldBudget struct {
	Cores float64        `json:"cores"`           // granted
	Used  stats.Estimate `json:"used_share"`      // share of the granted budget, a sample for each slice
	Rate  stats.Estimate `json:"answers_per_s"`   // a sample for each slice
	Valid int            `json:"valid"`           // slices that count
	Of    int            `json:"of"`              // all slices
	Doubt string         `json:"doubt,omitempty"` // of the first slice that is not valid
}
