package analysis

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
)

// Across compares two runs. It compares only ratios that a run established within itself: absolute figures of two runs
// differ by the hour.
type Across struct {
	Warnings []message.Message // what differs besides what was to be compared
	Changes  []Change          // by figure, then scheme
	Alone    []message.Message // figures of one run only
}

// Change is how one figure changed from one run to the other.
type Change struct {
	Figure   message.Message // cost ÷ control; answers/s, 8 replicas ÷ 1
	Scheme   string
	Old, New stats.Estimate
	// Ratio is New ÷ Old. Its interval holds every quotient of the two intervals. A change is therefore called different
	// only where two 95 % intervals do not touch: two runs differ by more than the rounds of each can tell.
	Ratio stats.Estimate
	// Once says that each run started the clusters of this figure once. Starts of one program differ by more than the
	// rounds of each can tell, so that no such change is called different.
	Once bool
	// Floor is the share by which figures of one and the same program changed. A smaller change is not a change.
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

// AcrossRuns compares two runs. The error says why nothing that they measured can be compared, and names the run where
// one run alone is the reason.
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
	x.experiments(before, after)
	x.target(before, after)
	if len(x.Changes) == 0 {
		return nil, errors.New("the two runs have no figure in common: compare runs of one plan")
	}
	return x, nil
}

func (a *Analysis) comparable() error {
	switch {
	case !a.Void.IsZero():
		return errors.New("it is VOID: an answer reached the wrong user")
	case len(a.Run.Damage) > 0:
		return errors.New(a.Run.Damage[0].String())
	case !a.Partial.IsZero():
		return fmt.Errorf("it did not come to its end (%s)", a.Partial)
	}
	return nil
}

// FirstPlatform is the platform of runs that do not choose one, and of runs that are older than the choice.
const FirstPlatform = "processes"

// samePlatform refuses runs whose servers ran in different places.
func samePlatform(before, after record.Environment) error {
	if b, a := cmp.Or(before.Platform, FirstPlatform), cmp.Or(after.Platform, FirstPlatform); b != a {
		return fmt.Errorf("the runs are from different platforms, %s and %s: compare runs on the same one", b, a)
	}
	return nil
}

// sameTarget refuses runs on two deployments, because it is not known what else differs between them.
func sameTarget(before, after *record.Target) error {
	if before != nil && after != nil && before.URL != after.URL {
		return fmt.Errorf("the runs are of different targets, %s and %s: compare runs of the same one", before.URL, after.URL)
	}
	return nil
}

// sameParts refuses runs on different parts. A part that only one run needed is not a reason; another version is a
// warning.
func sameParts(before, after []record.Part) error {
	for _, b := range before {
		for _, a := range after {
			if a.Role == b.Role && a.Name != b.Name {
				return fmt.Errorf("the runs stand on different parts, and %s is not %s: compare runs with the same %s", a.Name,
					b.Name, a.Role)
			}
		}
	}
	return nil
}

// warnings lists what else differs.
func warnings(before, after *measure.Run) []message.Message {
	var out []message.Message
	b, a := before.Environment, after.Environment
	unknown := message.New("across.unknown").String()
	for _, w := range []struct {
		what          message.Message
		before, after string
	}{
		{message.New("across.cpu"), b.CPU, a.CPU},
		{message.New("across.cores"), fmt.Sprint(b.Cores), fmt.Sprint(a.Cores)},
		{message.New("across.os"), b.OS, a.OS},
		{message.New("across.kernel"), b.Kernel, a.Kernel},
		{message.New("across.go"), b.Go, a.Go},
		{message.New("across.governor"), b.Governor, a.Governor},
		{message.New("across.commit"), b.Commit, a.Commit},
		{message.New("across.budgets"), b.Budgets, a.Budgets},
		{message.New("across.parts"), versions(b.Parts), versions(a.Parts)},
		{message.New("across.plan"), before.Plan.Name, after.Plan.Name},
	} {
		if w.before != w.after {
			out = append(out, message.New("across.differs", "what", w.what,
				"before", cmp.Or(w.before, unknown), "after", cmp.Or(w.after, unknown)))
		}
	}
	if before.Digest != "" && before.Digest == after.Digest {
		out = append(out, message.New("across.same-run"))
	}
	for _, r := range []*measure.Run{before, after} {
		if r.Environment.Dirty {
			out = append(out, message.New("across.uncommitted", "run", r.ID))
		}
	}
	if before.Plan.Name == after.Plan.Name && string(before.Plan.Text()) != string(after.Plan.Text()) {
		out = append(out, message.New("across.same-name"))
	}
	return out
}

func versions(parts []record.Part) string {
	var all []string
	for _, p := range parts {
		all = append(all, p.Name+" "+p.Version)
	}
	return strings.Join(all, ", ")
}

// Add computes from Old and New by how much a figure changed, and keeps the change.
func (x *Across) Add(c Change) {
	before, after := c.Old, c.New
	c.Ratio = stats.Estimate{
		Center: after.Center / before.Center, N: min(before.N, after.N),
		Why: before.Why,
	}
	if c.Ratio.Why.IsZero() {
		c.Ratio.Why = after.Why
	}
	c.Ratio.Low, c.Ratio.High = after.Low/before.High, after.High/before.Low
	if !c.Ratio.Why.IsZero() {
		c.Ratio.Low, c.Ratio.High = c.Ratio.Center, c.Ratio.Center
	}
	c.Different = !c.Once && c.Ratio.Excludes(1) && math.Abs(c.Ratio.Center-1) > c.Floor
	x.Changes = append(x.Changes, c)
}

// distance is how far from 1 an interval reaches.
func distance(e stats.Estimate) float64 { return math.Max(math.Abs(e.Low-1), math.Abs(e.High-1)) }

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}
