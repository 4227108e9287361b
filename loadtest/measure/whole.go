package measure

import (
	"fmt"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// whole holds the files that have no slices against the plan, in a run that came to its end: what is missing may have been what
// does not please, and what is told twice would count twice.
func (r *Run) whole() {
	if !r.Finished() {
		return
	}
	p := r.Plan
	if p.Delays != nil {
		var told tally
		for _, d := range r.Delays {
			told.add(d.Arm, d.Trial, d.Replica)
		}
		r.hold("raw/delays.jsonl", "lines", told, p.DelayArms(), func(s plan.Scheme) int {
			if s.PerReplica {
				return p.Delays.Of(s)
			}
			return p.Delays.Of(s) * p.Delays.Replicas
		})
	}
	if p.Memory != nil {
		var told tally
		for _, f := range r.Footprints {
			told.add(f.Arm, f.Start, f.Logins)
		}
		r.hold("raw/memory.jsonl", "readings", told, p.MemoryArms(), func(plan.Scheme) int { return p.Memory.Starts * len(p.Memory.Logins) })
	}
	if p.Logins != nil {
		var told tally
		for _, l := range r.Logins {
			told.add(l.Arm, l.Start, 0)
		}
		r.hold("raw/logins.jsonl", "starts", told, p.LoginArms(), func(plan.Scheme) int { return p.Logins.Starts })
	}
}

// tally counts what is told of each row, by the two numbers that tell it apart.
type tally map[string]map[[2]int]int

func (t *tally) add(arm string, a, b int) {
	if *t == nil {
		*t = tally{}
	}
	if (*t)[arm] == nil {
		(*t)[arm] = map[[2]int]int{}
	}
	(*t)[arm][[2]int{a, b}]++
}

func (r *Run) hold(file, what string, told tally, arms []plan.Scheme, want func(plan.Scheme) int) {
	for _, s := range arms {
		if got, want := len(told[s.Name]), want(s); got != want {
			r.Damage = append(r.Damage, fmt.Sprintf("%s has %d %s of %s, and the plan asks for %d", file, got, what, s.Name, want))
		}
		for _, n := range told[s.Name] {
			if n > 1 {
				r.Damage = append(r.Damage, fmt.Sprintf("%s tells some of its %s of %s twice", file, what, s.Name))
				break
			}
		}
	}
}

// visited counts the slices of a target: all that the plan asks for, but those that are told to have been left out. What several
// generators measured was whole before it was merged.
func (r *Run) visited() {
	if r.Environment.Target != nil && len(r.Environment.Target.Runs) > 0 {
		return
	}
	want := 0
	left := map[string]bool{}
	for _, e := range r.Events {
		if e.Kind == record.Skipped {
			left[e.Arm] = true
			want -= e.Slices
		}
	}
	for _, v := range r.Plan.Visits() {
		if v.Rate == 0 || !left[RateName(v.Rate)] {
			want++
		}
	}
	if got := len(r.Measurements); got < want {
		r.Damage = append(r.Damage, fmt.Sprintf("%d of the %d slices of the target are missing", want-got, want))
	}
}

// RateName names a rate of a target that is left out.
func RateName(rate float64) string { return fmt.Sprintf("%g/s", rate) }
