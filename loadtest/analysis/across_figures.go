package analysis

import (
	"math"
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/stats"
)

// costs compares the costs of schemes. Their samples are starts. With 6 starts a 95 % interval is their whole range.
// Two intervals that do not touch are then what a rank test would find once in 462 pairs of runs of one program.
func (x *Across) costs(before, after *Analysis) {
	floor := math.Max(distance(before.Floor), distance(after.Floor))
	for _, b := range before.Demand {
		a, ok := find(after.Demand, func(c Cost) bool { return c.Name == b.Name })
		switch {
		case b.As != "" || b.Name == plan.Control:
		case !ok || a.As != "" || !a.Ratio.Known() || !b.Ratio.Known():
			x.alone(message.New("figure.absolute-cost"), b.Name)
		default:
			x.Add(Change{
				Figure: message.New("figure.cost"), Scheme: b.Name, Old: b.Ratio, New: a.Ratio, Floor: floor,
				Once: !b.Ratio.Why.IsZero() || !a.Ratio.Why.IsZero(),
			})
		}
	}
	for _, a := range after.Demand {
		if _, ok := find(before.Demand, func(b Cost) bool { return b.Name == a.Name }); !ok && a.As == "" {
			x.alone(message.New("figure.absolute-cost"), a.Name)
		}
	}
}

// scaling compares what more replicas brought, where both runs gave them the same budget.
func (x *Across) scaling(before, after *Analysis) {
	same := func(b Throughput) (Throughput, bool) {
		return find(after.Scaling, func(a Throughput) bool {
			return a.Name == b.Name && a.Replicas == b.Replicas && math.Abs(a.Budget-b.Budget) < 1e-9 && a.Bound.IsZero() &&
				b.Bound.IsZero()
		})
	}
	for _, b := range before.Scaling {
		if b.Replicas == before.Run.Plan.Scaling.Replicas[0] {
			continue
		}
		what := message.New("figure.replicas", "replicas", b.Replicas, "smallest", before.Run.Plan.Scaling.Replicas[0])
		a, ok := same(b)
		if !ok || !a.Speedup.Known() || !b.Speedup.Known() ||
			after.Run.Plan.Scaling.Replicas[0] != before.Run.Plan.Scaling.Replicas[0] {
			x.alone(what, b.Name)
			continue
		}
		x.Add(Change{Figure: what, Scheme: b.Name, Old: b.Speedup, New: a.Speedup, Once: true})
	}
	for _, a := range after.Scaling {
		_, ok := find(before.Scaling, func(b Throughput) bool { return b.Name == a.Name && b.Replicas == a.Replicas })
		if smallest := after.Run.Plan.Scaling.Replicas[0]; !ok && a.Replicas != smallest {
			x.alone(message.New("figure.replicas", "replicas", a.Replicas, "smallest", smallest), a.Name)
		}
	}
}

// latency compares how much longer the requests of a scheme took than the control's, at the same rate.
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
			what := message.New("figure.quantile", "quantile", of.quantile, "rate", b.Rate)
			if !ok || !of.old.Known() || !of.new.Known() {
				x.alone(what, b.Name)
				continue
			}
			x.Add(Change{Figure: what, Scheme: b.Name, Old: of.old, New: of.new, Once: true})
		}
	}
	for _, a := range after.Latency {
		if _, ok := find(before.Latency, func(b Latency) bool { return b.Name == a.Name && b.Rate == a.Rate }); !ok &&
			a.Name != plan.Control {
			x.alone(message.New("figure.quantiles", "rate", a.Rate), a.Name)
		}
	}
}

// experiments compares the figures of kinds of experiment.
func (x *Across) experiments(before, after *Analysis) {
	figures := func(a *Analysis) (all []experiment.Figure) {
		for _, found := range a.Experiments {
			all = append(all, found.Figures()...)
		}
		return all
	}
	old := figures(before)
	for _, f := range figures(after) {
		i := slices.IndexFunc(old, func(b experiment.Figure) bool {
			return b.Scheme == f.Scheme && b.What.String() == f.What.String()
		})
		if i < 0 {
			x.alone(f.What, f.Scheme)
			continue
		}
		x.Add(Change{
			Figure: f.What, Scheme: f.Scheme, Old: old[i].Of, New: f.Of, Once: !old[i].Of.Why.IsZero() || !f.Of.Why.IsZero(),
		})
		old = slices.Delete(old, i, i+1)
	}
	for _, f := range old {
		x.alone(f.What, f.Scheme)
	}
}

// target compares what more connections brought.
func (x *Across) target(before, after *Analysis) {
	for _, b := range before.Target {
		a, ok := find(after.Target, func(a Target) bool {
			return a.Connections == b.Connections && a.Latency.Rate == b.Latency.Rate
		})
		if b.Connections == 0 || b.Connections == before.Target[0].Connections {
			continue
		}
		what := message.New("figure.connections", "connections", b.Connections, "fewest", before.Target[0].Connections)
		if !ok || !a.Growth.Known() || !b.Growth.Known() || after.Target[0].Connections != before.Target[0].Connections ||
			a.Latency.Name != b.Latency.Name {
			x.alone(what, b.Latency.Name)
			continue
		}
		x.Add(Change{Figure: what, Scheme: b.Latency.Name, Old: b.Growth, New: a.Growth, Once: true})
	}
}

// alone notes a figure that only one run has, or that the runs do not have in the same form.
func (x *Across) alone(figure message.Message, scheme string) {
	x.Alone = append(x.Alone, message.New("figure.alone", "figure", figure, "scheme", scheme))
}
