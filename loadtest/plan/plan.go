// Package plan is the experiment as data: which schemes, how many replicas, which kinds of cell, how long.
//
// A plan is loaded from YAML (an unknown key is an error with its line), checked against the machine, and turned into a
// schedule. The schedule consists of rounds that visit every scheme once. Each round has a new order, shuffled from a
// recorded seed.
package plan

import "time"

// Kind is the kind of a cell. Figures of different kinds are never combined: a CPU budget distorts what it limits.
type Kind string

// The kinds of cell.
const (
	// DemandCell saturates one tier, unbudgeted and alone on its core: its CPU cost per request is the scheme's cost. The
	// store and the balancer are too fast to saturate this way, so a budget on them alone saturates them.
	DemandCell Kind = "demand"
	// ScalingCell saturates a budgeted cluster through the balancer: throughput against replicas.
	ScalingCell Kind = "scaling"
	// CalibrationCell saturates the store of a budgeted cluster whose replicas have no budget yet: the cost of a request
	// in the store when it is the bottleneck under that budget.
	CalibrationCell Kind = "calibration"
	// RelievedCell is the largest scaling cell of a scheme with a store, visited once more in each round with a store of
	// Relief times the budget: what the store held back.
	RelievedCell Kind = "relieved"
	// LatencyCell sends fixed rates well below capacity to an unbudgeted cluster: percentiles.
	LatencyCell Kind = "latency"
	// LadderCell sends a share of the rate that saturates an unbudgeted replica: how its CPU per request depends on the
	// load. Its figures are not used as costs.
	LadderCell Kind = "ladder"
	// CapacityCell sends a rate that a search chose to a budgeted cluster through the balancer: does it meet an objective?
	CapacityCell Kind = "capacity"
	// TargetCell is load on a deployment that the lab did not start: the lab knows only what the deployment reports.
	TargetCell Kind = "target"
)

// Plan is one experiment.
type Plan struct {
	Name     string        `yaml:"name"`
	Question string        `yaml:"question"` // the question that it answers, in one sentence
	Limit    time.Duration `yaml:"limit"`    // how long it may take on 2 cores, without the first build
	Seed     uint64        `yaml:"seed"`
	Users    int           `yaml:"users"`             // distinct users, signed in before the load
	Schemes  []string      `yaml:"schemes,omitempty"` // names of Schemes; control and its twin are always added
	// Resolution is the largest half-width, as a share, that the confidence interval of the A/A control may have.
	Resolution float64   `yaml:"resolution"`
	Demand     *Demand   `yaml:"demand"`
	Ladder     *Ladder   `yaml:"ladder,omitempty"`
	Tiers      *Tiers    `yaml:"tiers"`
	Scaling    *Scaling  `yaml:"scaling"`
	Latency    *Latency  `yaml:"latency"`
	Capacity   *Capacity `yaml:"capacity,omitempty"`
	// Require are requirements that authlab check holds a run to.
	Require []string `yaml:"require,omitempty"`
	// Target is the only stage of its plan. Such a plan has one scheme, which the command names, and no control.
	Target *Target `yaml:"target,omitempty"`
	Parts  []Part  `yaml:"-"` // of the kinds of experiment, each under its own key
}

// Demand describes the demand cells of the replica tier.
type Demand struct {
	Slice  time.Duration `yaml:"slice"`
	Rounds int           `yaml:"rounds"` // in total, over all launches
	// Launches is how many processes of each scheme stand side by side and are visited in turn; with fewer than 6 no
	// difference is called.
	Launches int `yaml:"launches,omitempty"`
	// Restarts are launches one after the other, as runs had them before. A run that is to come has none.
	Restarts    int      `yaml:"restarts,omitempty"`
	Connections int      `yaml:"connections"`
	Also        []string `yaml:"also,omitempty"` // schemes that have a demand cell and no other
}

// Starts returns how many processes of each scheme are visited.
func (d *Demand) Starts() int { return max(d.Launches, d.Restarts) }

// Tiers describes the demand cells of the store and the balancer, each saturated by a budget on it alone.
type Tiers struct {
	Slice       time.Duration `yaml:"slice"`
	Rounds      int           `yaml:"rounds"`
	Connections int           `yaml:"connections"`
}

// Latency describes the latency cells.
type Latency struct {
	Replicas int           `yaml:"replicas"`
	Rates    []float64     `yaml:"rates"` // requests/s
	Slice    time.Duration `yaml:"slice"`
	Samples  int           `yaml:"samples"`        // for each scheme and rate, over all rounds
	Arrivals Arrivals      `yaml:"arrivals"`       // poisson (default) or constant
	Also     []string      `yaml:"also,omitempty"` // schemes that have a latency cell and none under budgets
}

// Arrivals is the distribution of the arrivals in an open loop.
type Arrivals string

// The distributions.
const (
	Poisson  Arrivals = "poisson"
	Constant Arrivals = "constant"
)

// Budget is a CPU budget in cores; Auto is the largest budget that the machine can give without distorting the result.
type Budget float64

// Auto asks for the largest budget at which the balancer and the generator keep twice their predicted need.
const Auto Budget = 0
