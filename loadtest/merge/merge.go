// Package merge adds up what several generators measured at one target at the same time, into the folder of one run. It
// takes the folders of runs, and knows how they were recorded and judged; it starts nothing.
package merge

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

// Apart says why runs cannot be added up, though each can be read: they are not of one target at one time.
type Apart struct{ error }

// Unwrap returns the reason.
func (a Apart) Unwrap() error { return a.error }

// Merge writes the sum of runs into the folder out, which must not exist. Command is the command line that asked for
// it. The error is Apart where the runs do not belong together. After any error nothing is left in out.
func Merge(folders []string, out string, command []string) error {
	var runs []generated
	for _, folder := range folders {
		g, err := read(folder)
		if err != nil {
			return err
		}
		runs = append(runs, g)
	}
	for i, g := range runs[1:] {
		for _, other := range runs[:i+1] {
			if err := other.belongs(g); err != nil {
				return Apart{err}
			}
		}
	}
	rows, left, err := added(runs)
	if err != nil {
		return Apart{err}
	}
	if _, err := os.Stat(out); err == nil {
		return Apart{fmt.Errorf("%s exists already: name another folder with --out", out)}
	}
	if err := write(out, runs, rows, left, command); err != nil {
		return errors.Join(err, os.RemoveAll(out))
	}
	return nil
}

// generated is what one generator measured in slices that count.
type generated struct {
	*measure.Run
	rows   map[slot]record.Slice
	limits map[int]string // why its own limits kept it from sending more, by connections
}

// slot identifies the plan's slice that a row belongs to.
type slot struct {
	round, place, connections int
	rate                      float64
}

func slotOf(r record.Slice) slot {
	s := slot{r.Round, r.Place, 0, r.Rate}
	if r.Rate == 0 {
		s.connections = r.Connections
	}
	return s
}

// read reads a run, and refuses one that cannot be merged.
func read(folder string) (generated, error) {
	run, err := measure.Read(folder)
	if err != nil {
		return generated{}, err
	}
	g := generated{run, map[slot]record.Slice{}, map[int]string{}}
	a := analysis.Compare(run)
	for i, r := range run.Slices {
		if run.Measurements[i].Valid() { // a sum would hide a fault of one part
			g.rows[slotOf(r)] = r
		}
	}
	for _, t := range a.Target {
		if !t.Limit.IsZero() {
			g.limits[t.Connections] = t.Limit.String()
		}
	}
	switch {
	case len(run.Damage) > 0:
		return g, fmt.Errorf("%s cannot be merged: %s", run.ID, run.Damage[0])
	case !a.Partial.IsZero():
		return g, fmt.Errorf("%s cannot be merged: it did not come to its end (%s)", run.ID, a.Partial)
	case run.Plan.Target == nil || run.Environment.Target == nil:
		return g, fmt.Errorf("%s is not of a target: only generators that loaded the same one at the same time can be merged",
			run.ID)
	case run.Environment.Target.Clock == nil:
		return g, fmt.Errorf("%s did not start together with others: give all generators the same --at", run.ID)
	}
	return g, nil
}

// clocksApart is how far the clocks of two generators may differ, beyond the uncertainty of that difference: within it
// their slices coincide.
const clocksApart = 100 * time.Millisecond

// belongs refuses a run of another target, scheme, plan or time.
func (g generated) belongs(with generated) error {
	a, b := g.Environment.Target, with.Environment.Target
	apart := a.Clock.Ahead - b.Clock.Ahead
	switch {
	case g.Environment.Nonce == with.Environment.Nonce:
		return fmt.Errorf("%s and %s are the same run: name each run once", g.ID, with.ID)
	case a.URL != b.URL:
		return fmt.Errorf("%s and %s are of different targets, %s and %s", g.ID, with.ID, a.URL, b.URL)
	case !slices.Equal(a.Replicas, b.Replicas):
		return fmt.Errorf("%s and %s met different replicas (%s, then %s): replicas that come and go cannot be measured",
			g.ID, with.ID, strings.Join(a.Replicas, ", "), strings.Join(b.Replicas, ", "))
	case !slices.Equal(g.Plan.Schemes, with.Plan.Schemes):
		return fmt.Errorf("%s and %s are of different schemes, %s and %s",
			g.ID, with.ID, strings.Join(g.Plan.Schemes, ", "), strings.Join(with.Plan.Schemes, ", "))
	case !slices.Equal(planned(g), planned(with)):
		return fmt.Errorf("the plans of %s and %s differ: see plan.yaml in both", g.ID, with.ID)
	case a.Clock.Of != b.Clock.Of:
		return fmt.Errorf("%s and %s read the clocks of different replicas, %s and %s, so that their own cannot be compared",
			g.ID, with.ID, a.Clock.Of, b.Clock.Of)
	case apart.Abs() > clocksApart+a.Clock.Within+b.Clock.Within:
		return fmt.Errorf("the clocks of %s and %s are %v apart: set them by the network's time, and measure again",
			g.ID, with.ID, apart.Abs().Round(time.Millisecond))
	}
	return nil
}

// planned is a run's plan without its number of users: each generator may have its own.
func planned(g generated) []byte {
	p := *g.Plan
	p.Users = 1
	return p.Text()
}

// together is the largest share of a slice by which generators may begin it apart.
const together = 0.05

// added adds up the slices that all generators have, and counts those that only some have. The error says that slices
// were measured at different times, or that a run has none in common with the others.
func added(runs []generated) (rows []record.Slice, left int, err error) {
	all := map[slot]bool{}
	for _, g := range runs {
		for s := range g.rows {
			all[s] = true
		}
	}
	for s := range all {
		var same []record.Slice
		for _, g := range runs {
			if r, ok := g.rows[s]; ok {
				same = append(same, r)
			}
		}
		if len(same) < len(runs) {
			left++
			continue
		}
		if err := coincide(runs, same); err != nil {
			return nil, 0, err
		}
		sum, err := record.Merge(same)
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, sum)
	}
	if len(rows) == 0 {
		return nil, 0, errors.New("the runs have no slice in common: give all generators the same --at")
	}
	slices.SortFunc(rows, func(x, y record.Slice) int { return x.Start.Compare(y.Start) })
	return rows, left, nil
}

// coincide refuses slices that did not begin at the same time by the replica's clock.
func coincide(runs []generated, same []record.Slice) error {
	var first, last time.Time
	for i, r := range same {
		at := r.Start.Add(-runs[i].Environment.Target.Clock.Ahead)
		if i == 0 || at.Before(first) {
			first = at
		}
		if i == 0 || at.After(last) {
			last = at
		}
	}
	if apart := last.Sub(first); apart > time.Duration(together*float64(same[0].Window)) {
		return fmt.Errorf(
			"round %d began %v apart in the runs: give all generators the same --at, and no other work in that time",
			same[0].Round+1, apart.Round(time.Millisecond))
	}
	return nil
}

// write writes the folder of a run that is the sum of others.
func write(out string, runs []generated, rows []record.Slice, left int, command []string) error {
	f, err := record.Create(out)
	if err != nil {
		return fmt.Errorf("cannot write results: %w; name a folder that you may write to with --out", err)
	}
	errs := []error{f.Plan(runs[0].Plan), f.Environment(sumOf(runs, command))}
	for _, e := range runs[0].Events {
		if e.Kind == record.Started {
			errs = append(errs, f.Event(e))
		}
	}
	for _, g := range runs {
		for _, e := range g.Events {
			if e.Kind == record.Skipped {
				e.Said, e.Sentence = message.New("event.of-run", "run", g.ID, "said", message.Text(e.Text().String())), ""
				errs = append(errs, f.Event(e))
			}
		}
		for _, p := range g.Probes {
			errs = append(errs, f.Probe(p))
		}
	}
	if left > 0 {
		errs = append(errs,
			f.Event(record.Event{Kind: record.Skipped, About: "slices", Said: message.New("event.not-by-all", "count", left)}))
	}
	for _, r := range rows {
		errs = append(errs, f.Slice(r))
	}
	errs = append(errs, f.Event(record.Event{Kind: record.Finished, Said: message.New("event.merged", "runs", len(runs))}),
		f.Close())
	return errors.Join(errs...)
}

// sumOf is the environment of merged runs: the first one's, with the users and limits of all added up.
func sumOf(runs []generated, command []string) record.Environment {
	e := runs[0].Environment
	t := *e.Target
	t.Clock, t.MaxRate, t.MaxConnections, t.Users, t.Unknown, t.Limits = nil, 0, 0, 0, nil, map[int]string{}
	var machines []string
	for _, g := range runs {
		other := g.Environment.Target
		t.MaxRate, t.MaxConnections, t.Users = t.MaxRate+other.MaxRate, t.MaxConnections+other.MaxConnections,
			t.Users+other.Users
		t.Runs = append(t.Runs, g.ID)
		for connections, limit := range g.limits {
			t.Limits[connections*len(runs)] = "at one of the generators " + limit
		}
		for _, sentence := range other.Unknown {
			if !slices.Contains(t.Unknown, sentence) {
				t.Unknown = append(t.Unknown, sentence)
			}
		}
		if !slices.Contains(machines, g.Environment.CPU) {
			machines = append(machines, g.Environment.CPU)
		}
	}
	e.Target, e.CPU, e.Command = &t, strings.Join(machines, "; "), command
	return e
}
