package simulation

import (
	"fmt"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/model"
	"authlab/loadtest/plan"
)

// CapacityCheck is a cluster's capacity, as measured and as simulated, with the same objective.
type CapacityCheck struct {
	Scheme    string  `json:"scheme"`
	Replicas  int     `json:"replicas"`
	Simulated Bracket `json:"simulated"`
	Held      float64 `json:"measured_held"`   // requests/s
	Failed    float64 `json:"measured_failed"` // requests/s; 0 if no rate missed the objective
}

// bracketWidth is the final width of a simulated search, as of the measured search.
const bracketWidth = 0.05

// ValidateCapacity searches in the simulation for every capacity that a run measured, from the same demands as the
// predictions.
func ValidateCapacity(a *analysis.Analysis) ([]CapacityCheck, error) {
	var all []CapacityCheck
	for _, in := range model.Fit(a) {
		for _, x := range a.Capacity {
			if x.Name != in.Scheme || x.Held == 0 {
				continue
			}
			c, err := config(a, in, x.Replicas)
			if err != nil {
				return nil, err
			}
			simulated, err := Capacity(c, Objective{P99: a.Run.Plan.Capacity.P99, Growth: Usual().Growth}, bracketWidth)
			if err != nil {
				return nil, fmt.Errorf("simulating the capacity of %d × %s: %w", x.Replicas, x.Name, err)
			}
			all = append(all, CapacityCheck{x.Name, x.Replicas, simulated, x.Held, x.Broke})
		}
	}
	return all, nil
}

// config returns the cluster of a scheme at one size, as it was measured.
func config(a *analysis.Analysis, in model.Inputs, replicas int) (Config, error) {
	scheme, err := plan.SchemeNamed(in.Scheme)
	if err != nil {
		return Config{}, err
	}
	c := Config{
		Network: in.Network(replicas), Users: a.Run.Plan.Users,
		Warmup: settle, Window: watch, Seed: a.Run.Plan.Seed,
	}
	if scheme.Balance == plan.Sticky {
		c.Routing = Sticky
	}
	return c, nil
}

// Far is an unmeasured cluster, on machines of one entire core each, including the store's.
type Far struct {
	Scheme   string        `json:"scheme"`
	Replicas int           `json:"replicas"`
	Rate     float64       `json:"rate"` // requests/s: the share Load of the bottleneck's throughput
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
	Store    float64       `json:"store_busy"` // share of its core
}

// Load is the share of the ceiling at which far clusters are simulated.
const Load = 0.7

// farRequests is the number of simulated requests of a far cluster: enough for a p99, at any size.
const farRequests = 300_000

// Outlook simulates the unmeasured sizes, for the schemes that the model may extrapolate.
func Outlook(a *analysis.Analysis, j model.Judgement) ([]Far, error) {
	inputs := map[string]model.Inputs{}
	for _, in := range model.Fit(a) {
		inputs[in.Scheme] = in
	}
	var all []Far
	for _, t := range j.Trials {
		in, ok := inputs[t.Scheme]
		if !ok || !t.Withheld.IsZero() || t.Scheme == plan.Twin {
			continue
		}
		for _, replicas := range model.FarSizes() {
			c := Config{Network: in.Whole(a).Network(replicas), Users: a.Run.Plan.Users, Seed: a.Run.Plan.Seed}
			c.Network.Connections = 1 // not used in an open loop
			bounds, err := c.Network.Bounds()
			if err != nil {
				return nil, err
			}
			c.Rate = Load * bounds.Ceiling
			c.Window = time.Duration(farRequests / c.Rate * float64(time.Second))
			c.Warmup = c.Window / 10
			r, err := Run(c)
			if err != nil {
				return nil, fmt.Errorf("simulating %d × %s: %w", replicas, t.Scheme, err)
			}
			all = append(all, Far{t.Scheme, replicas, c.Rate, r.P50, r.P99, r.Store})
		}
	}
	return all, nil
}
