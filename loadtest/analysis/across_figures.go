package analysis

import (
	"fmt"
	"math"
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// costs compares the rows' costs, whose samples are starts. With 6 starts an interval of 95 % is their whole range, so that two
// which do not touch are what a rank test would find once in 462 pairs of runs of one program.
func (x *Across) costs(before, after *Analysis) {
	floor := math.Max(distance(before.Floor), distance(after.Floor))
	for _, b := range before.Demand {
		a, ok := find(after.Demand, func(c Cost) bool { return c.Name == b.Name })
		switch {
		case b.As != "" || b.Name == plan.Control:
		case !ok || a.As != "" || !a.Ratio.Known() || !b.Ratio.Known():
			x.Alone = append(x.Alone, "cost of "+b.Name)
		default:
			x.Add(Change{Figure: "cost ÷ control", Scheme: b.Name, Old: b.Ratio, New: a.Ratio, Floor: floor, Once: b.Ratio.Why != "" || a.Ratio.Why != ""})
		}
	}
	for _, a := range after.Demand {
		if _, ok := find(before.Demand, func(b Cost) bool { return b.Name == a.Name }); !ok && a.As == "" {
			x.Alone = append(x.Alone, "cost of "+a.Name)
		}
	}
}

// scaling sets beside each other what more replicas brought, where both runs gave them the same budget.
func (x *Across) scaling(before, after *Analysis) {
	same := func(b Throughput) (Throughput, bool) {
		return find(after.Scaling, func(a Throughput) bool {
			return a.Name == b.Name && a.Replicas == b.Replicas && math.Abs(a.Budget-b.Budget) < 1e-9 && a.Bound == "" && b.Bound == ""
		})
	}
	for _, b := range before.Scaling {
		if b.Replicas == before.Run.Plan.Scaling.Replicas[0] {
			continue
		}
		what := fmt.Sprintf("answers/s, %d replicas ÷ %d", b.Replicas, before.Run.Plan.Scaling.Replicas[0])
		a, ok := same(b)
		if !ok || !a.Speedup.Known() || !b.Speedup.Known() || after.Run.Plan.Scaling.Replicas[0] != before.Run.Plan.Scaling.Replicas[0] {
			x.Alone = append(x.Alone, what+" of "+b.Name)
			continue
		}
		x.Add(Change{Figure: what, Scheme: b.Name, Old: b.Speedup, New: a.Speedup, Once: true})
	}
	for _, a := range after.Scaling {
		_, ok := find(before.Scaling, func(b Throughput) bool { return b.Name == a.Name && b.Replicas == a.Replicas })
		if smallest := after.Run.Plan.Scaling.Replicas[0]; !ok && a.Replicas != smallest {
			x.Alone = append(x.Alone, fmt.Sprintf("answers/s, %d replicas ÷ %d of %s", a.Replicas, smallest, a.Name))
		}
	}
}

// latency sets beside each other how much longer a row's requests took than the control's, at the same rate.
func (x *Across) latency(before, after *Analysis) {
	for _, b := range before.Latency {
		if b.Name == plan.Control {
			continue
		}
		a, ok := find(after.Latency, func(a Latency) bool { return a.Name == b.Name && a.Rate == b.Rate })
		for _, of := range []struct {
			quantile string
			old, new stats.Estimate
		}{{"p50", b.Median, a.Median}, {"p99", b.Tail, a.Tail}} {
			what := fmt.Sprintf("%s of a slice at %g/s ÷ control", of.quantile, b.Rate)
			if !ok || !of.old.Known() || !of.new.Known() {
				x.Alone = append(x.Alone, what+" of "+b.Name)
				continue
			}
			x.Add(Change{Figure: what, Scheme: b.Name, Old: of.old, New: of.new, Once: true})
		}
	}
	for _, a := range after.Latency {
		if _, ok := find(before.Latency, func(b Latency) bool { return b.Name == a.Name && b.Rate == a.Rate }); !ok && a.Name != plan.Control {
			x.Alone = append(x.Alone, fmt.Sprintf("p50 and p99 at %g/s ÷ control of %s", a.Rate, a.Name))
		}
	}
}

// experiments sets beside each other the figures of kinds of experiment.
func (x *Across) experiments(before, after *Analysis) {
	figures := func(a *Analysis) (all []experiment.Figure) {
		for _, found := range a.Experiments {
			all = append(all, found.Figures()...)
		}
		return all
	}
	old := figures(before)
	for _, f := range figures(after) {
		i := slices.IndexFunc(old, func(b experiment.Figure) bool { return b.What == f.What && b.Scheme == f.Scheme })
		if i < 0 {
			x.Alone = append(x.Alone, f.What+" of "+f.Scheme)
			continue
		}
		x.Add(Change{Figure: f.What, Scheme: f.Scheme, Old: old[i].Of, New: f.Of, Once: old[i].Of.Why != "" || f.Of.Why != ""})
		old = slices.Delete(old, i, i+1)
	}
	for _, f := range old {
		x.Alone = append(x.Alone, f.What+" of "+f.Scheme)
	}
}

// target sets beside each other what more connections brought.
func (x *Across) target(before, after *Analysis) {
	for _, b := range before.Target {
		a, ok := find(after.Target, func(a Target) bool { return a.Connections == b.Connections && a.Latency.Rate == b.Latency.Rate })
		if b.Connections == 0 || b.Connections == before.Target[0].Connections {
			continue
		}
		what := fmt.Sprintf("answers/s, %d connections ÷ %d", b.Connections, before.Target[0].Connections)
		if !ok || !a.Growth.Known() || !b.Growth.Known() || after.Target[0].Connections != before.Target[0].Connections || a.Latency.Name != b.Latency.Name {
			x.Alone = append(x.Alone, what+" of "+b.Latency.Name)
			continue
		}
		x.Add(Change{Figure: what, Scheme: b.Latency.Name, Old: b.Growth, New: a.Growth, Once: true})
	}
}
