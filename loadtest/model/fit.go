package model

import (
	"authlab/loadtest/analysis"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// Fit turns the calibration of a run's schemes into inputs, in the order of the schemes. A scheme whose store was not
// saturated has none: its demand is unknown.
func Fit(a *analysis.Analysis) []Inputs {
	var all []Inputs
	s := a.Run.Plan.Scaling
	if s == nil {
		return nil
	}
	for _, c := range a.Calibration {
		scheme, err := plan.SchemeNamed(c.Name)
		if err != nil || scheme.Store && !c.Store.Known() || !c.CPU.Known() {
			continue
		}
		in := Inputs{
			Scheme: c.Name, Calibrated: s.Replicas[0], Connections: s.Connections, Crowding: a.Crowding.Interval(),
			Replica: demand(c.CPU, c.Budget), Balancer: demand(c.Balancer, 1),
		}
		if scheme.Store {
			in.Store = demand(c.Store, c.StoreBudget)
			for _, p := range c.Partly {
				in.StorePartly = append(in.StorePartly, Partly{Share: p.Share, Demand: p.CPU / 1e6})
			}
		}
		all = append(all, in)
	}
	return all
}

// demand converts a cost in µs to CPU seconds, for a process with the given cores.
func demand(e stats.Estimate, cores float64) Measured {
	return Measured{Demand: stats.Interval{Center: e.Center / 1e6, Low: e.Low / 1e6, High: e.High / 1e6}, Cores: cores}
}
