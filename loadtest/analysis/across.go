package analysis

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// Across is two runs side by side. Only ratios that a run itself established are compared: absolute figures of two runs differ
// by the hour.
type Across struct {
	Warnings []string // what differs besides what was to be compared, a sentence each
	Changes  []Change // by figure, then row
	Alone    []string // figures of one run only
}

// Change is what became of one figure from one run to the other.
type Change struct {
	Figure   string // "cost ÷ control", "answers/s, 8 replicas ÷ 1"
	Scheme   string
	Old, New Estimate
	// Ratio is New ÷ Old. Its interval holds every quotient of the two intervals, so that a change is called different only
	// where two intervals of 95 % do not even touch: two runs differ by more than the rounds of each can tell.
	Ratio Estimate
	// Once says that the figure is of clusters which each run started once. Starts of one program differ by more than the rounds of
	// each can tell, so that no such change is called different.
	Once bool
	// Floor is by which share figures of one and the same program changed; a smaller change is none.
	Floor     float64
	Different bool
}

// Different counts the changes that are, and those that could be.
func (x *Across) Different() (n, of int) {
	for _, c := range x.Changes {
		if !c.Once {
			of++
		}
		if c.Different {
			n++
		}
	}
	return n, of
}

// AcrossRuns sets two runs side by side. The error, a sentence that names the run where one alone is the reason, says why nothing that they measured
// can be set side by side.
func AcrossRuns(before, after *Analysis) (*Across, error) {
	for _, a := range []*Analysis{before, after} {
		if err := a.comparable(); err != nil {
			return nil, fmt.Errorf("%s cannot be compared: %w", a.Run.ID, err)
		}
	}
	if err := samePlatform(before.Run.Environment, after.Run.Environment); err != nil {
		return nil, err
	}
	if err := sameTarget(before.Run.Environment.Target, after.Run.Environment.Target); err != nil {
		return nil, err
	}
	if err := sameParts(before.Run.Environment.Parts, after.Run.Environment.Parts); err != nil {
		return nil, err
	}
	x := &Across{Warnings: warnings(before.Run, after.Run)}
	x.costs(before, after)
	x.scaling(before, after)
	x.latency(before, after)
	x.target(before, after)
	if len(x.Changes) == 0 {
		return nil, errors.New("the two runs have no figure in common: compare runs of one plan")
	}
	return x, nil
}

func (a *Analysis) comparable() error {
	switch {
	case a.Void != "":
		return errors.New("it is VOID: an answer reached the wrong user")
	case len(a.Run.Damage) > 0:
		return errors.New(a.Run.Damage[0])
	case a.Partial != "":
		return fmt.Errorf("it did not come to its end (%s)", a.Partial)
	}
	return nil
}

// samePlatform refuses runs whose servers ran in different places. A run from before there was a choice ran as processes.
func samePlatform(before, after measure.Environment) error {
	const first = "processes"
	if b, a := cmp.Or(before.Platform, first), cmp.Or(after.Platform, first); b != a {
		return fmt.Errorf("the runs stand on different platforms, %s and %s: compare runs on the same one", b, a)
	}
	return nil
}

// sameTarget refuses runs on two deployments: nobody knows what else differs between them.
func sameTarget(before, after *measure.Target) error {
	if before != nil && after != nil && before.URL != after.URL {
		return fmt.Errorf("the runs are of different targets, %s and %s: compare runs of the same one", before.URL, after.URL)
	}
	return nil
}

// sameParts refuses runs on different parts. A part that only one of them needed is no reason; another version is a warning.
func sameParts(before, after []measure.Part) error {
	for _, b := range before {
		for _, a := range after {
			if a.Role == b.Role && a.Name != b.Name {
				return fmt.Errorf("the runs stand on different parts, and %s is not %s: compare runs with the same %s", a.Name, b.Name, a.Role)
			}
		}
	}
	return nil
}

// warnings lists what else differs.
func warnings(before, after *measure.Run) []string {
	var out []string
	b, a := before.Environment, after.Environment
	for _, w := range []struct{ what, before, after string }{
		{"CPU", b.CPU, a.CPU},
		{"number of cores", fmt.Sprint(b.Cores), fmt.Sprint(a.Cores)},
		{"operating system", b.OS, a.OS},
		{"kernel", b.Kernel, a.Kernel},
		{"Go version", b.Go, a.Go},
		{"frequency governor", b.Governor, a.Governor},
		{"commit", b.Commit, a.Commit},
		{"way to set CPU budgets", b.Budgets, a.Budgets},
		{"versions of the parts", versions(b.Parts), versions(a.Parts)},
		{"name of the plan", before.Plan.Name, after.Plan.Name},
	} {
		if w.before != w.after {
			out = append(out, fmt.Sprintf("the %s differs: %s, then %s", w.what, cmp.Or(w.before, "unknown"), cmp.Or(w.after, "unknown")))
		}
	}
	if before.Digest != "" && before.Digest == after.Digest {
		out = append(out, "the two are one and the same run")
	}
	for _, r := range []*measure.Run{before, after} {
		if r.Environment.Dirty {
			out = append(out, r.ID+" was measured with changes that are in no commit")
		}
	}
	if before.Plan.Name == after.Plan.Name && string(before.Plan.Text()) != string(after.Plan.Text()) {
		out = append(out, "the plans have one name and differ: see plan.yaml in both")
	}
	return out
}

func versions(parts []measure.Part) string {
	var all []string
	for _, p := range parts {
		all = append(all, p.Name+" "+p.Version)
	}
	return strings.Join(all, ", ")
}

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
			old, new Estimate
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

// Add works out by how much a figure changed, from its Old and New.
func (x *Across) Add(c Change) {
	before, after := c.Old, c.New
	c.Ratio = Estimate{Center: after.Center / before.Center, N: min(before.N, after.N), Why: cmp.Or(before.Why, after.Why)}
	c.Ratio.Low, c.Ratio.High = after.Low/before.High, after.High/before.Low
	if c.Ratio.Why != "" {
		c.Ratio.Low, c.Ratio.High = c.Ratio.Center, c.Ratio.Center
	}
	c.Different = !c.Once && c.Ratio.Excludes(1) && math.Abs(c.Ratio.Center-1) > c.Floor
	x.Changes = append(x.Changes, c)
}

// distance is how far from 1 an interval reaches.
func distance(e Estimate) float64 { return math.Max(math.Abs(e.Low-1), math.Abs(e.High-1)) }

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}
