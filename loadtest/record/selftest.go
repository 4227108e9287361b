package record

import (
	"time"

	"authlab/loadtest/stats"
)

// Selftest is what a machine was seen to resolve: results/selftest.json, and in its short form a part of env.json. It describes
// the machine at one time, and no figure of a run is made from it.
type Selftest struct {
	Form     Form          `json:"form"`
	Began    time.Time     `json:"began"`
	Took     time.Duration `json:"took_ns"`
	Verdict  []string      `json:"verdict"` // plain sentences
	Machine  Machine       `json:"machine"`
	Naps     []Nap         `json:"naps"`
	CPUClock CPUClock      `json:"cpu_clock"`
	Closed   []Ceiling     `json:"closed_loop"`
	Open     []Punctuality `json:"open_loop"` // by rising rate
	// Lines are the table of slices, longest first; absent in the short form.
	Lines []SliceLine `json:"slices,omitempty"`
	// Slice is the length in Lines that knows most and is still true; 0 when none is true.
	Slice   time.Duration `json:"slice_ns,omitempty"`
	Budgets []HeldBudget  `json:"budgets,omitempty"`
	// NoBudgets says why CPU budgets cannot be had here.
	NoBudgets string `json:"no_budgets,omitempty"`
}

// Form is how much of a selftest was done.
type Form string

// The forms.
const (
	Full  Form = "full"  // two minutes, by itself
	Short Form = "short" // two seconds, before every bench
)

// Machine is where a selftest was made.
type Machine struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"` // that the lab could use
	Kernel   string `json:"kernel"`
	Governor string `json:"governor"`
	Load     string `json:"load"` // /proc/loadavg before the start
	// Before and During are what others took; nil where /proc/stat does not tell.
	Before *Interference `json:"before,omitempty"`
	During *Interference `json:"during,omitempty"`
}

// Interference is what a machine was doing for others, in shares of the time of all its cores.
type Interference struct {
	Others float64 `json:"others"` // programs that are not the lab's
	Steal  float64 `json:"steal"`  // what the host of a virtual machine took away
}

// Nap is how late the kernel woke a thread that slept.
type Nap struct {
	Length time.Duration `json:"length_ns"`
	Times  int           `json:"times"`
	P50    time.Duration `json:"late_p50_ns"`
	P99    time.Duration `json:"late_p99_ns"`
}

// CPUClock is how finely a process's CPU clock counts while the process runs.
type CPUClock struct {
	Step  time.Duration `json:"step_ns"` // median difference between a reading and the next other one
	Steps int           `json:"steps"`   // that were seen
}

// Ceiling is what the generator reached in closed loop, each side alone on a core.
type Ceiling struct {
	Against   string  `json:"against"`
	Rate      float64 `json:"requests_per_s"`
	Generator float64 `json:"generator_us"` // CPU µs per request
	Server    float64 `json:"server_us"`
	// GeneratorBusy and ServerBusy are shares of a core. The larger one was the limit.
	GeneratorBusy float64 `json:"generator_busy"`
	ServerBusy    float64 `json:"server_busy"`
}

// Punctuality is how the generator kept a rate in open loop against a server that does nothing.
type Punctuality struct {
	Rate      float64       `json:"rate"` // requests/s asked for
	Planned   uint64        `json:"planned"`
	Sent      uint64        `json:"sent"`
	LagP50    time.Duration `json:"lag_p50_ns"`
	LagP99    time.Duration `json:"lag_p99_ns"`
	Generator float64       `json:"generator_us"` // CPU µs per request, waiting included
}

// SliceLine is a line of the table of slices: the same time of load, cut into slices of one length.
type SliceLine struct {
	Slice  time.Duration `json:"slice_ns"`
	Rounds int           `json:"rounds"` // that were visited; Same.N is how many of them count
	// Same is the control against itself: whatever differs from 1 is noise or bias. Other is Against against the control.
	Same    stats.Estimate `json:"a_against_a"`
	Other   stats.Estimate `json:"b_against_a"`
	Against string         `json:"b"`
	// OverStarts is Same with starts of the processes as samples, as a bench decides.
	OverStarts stats.Estimate `json:"a_against_a_over_starts"`
	// ByRound and ByStart are the standard deviations of Same from round to round within a start, and from start to start.
	ByRound float64 `json:"spread_of_rounds"`
	ByStart float64 `json:"spread_of_starts"`
	Valid   int     `json:"valid"` // slices that count
	Of      int     `json:"of"`
	Doubt   string  `json:"doubt,omitempty"` // of the first that does not
}

// HeldBudget is what a process made of a CPU budget that it wanted to exceed.
type HeldBudget struct {
	Cores float64        `json:"cores"`
	Used  stats.Estimate `json:"used_share"` // of what was granted, a sample for each slice
	Rate  stats.Estimate `json:"answers_per_s"`
	Valid int            `json:"valid"`
	Of    int            `json:"of"`
	Doubt string         `json:"doubt,omitempty"`
}
