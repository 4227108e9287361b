package measure

import (
	"fmt"

	"authlab/loadtest/plan"
)

// visit is what a slice was of, without when in its round it came.
type visit struct {
	kind           plan.Kind
	tier           string
	replicas       int
	rate, share    float64
	arm            string
	restart, round int
}

func visitOf(m *Measurement) visit {
	return visit{m.Kind, m.Tier, m.Replicas, m.Rate, m.Share, m.Arm, m.Restart, m.Round}
}

// once doubts slices that are there a second time: what is told twice would count twice.
func (r *Run) once() {
	seen := map[visit]bool{}
	for i := range r.Measurements {
		m := &r.Measurements[i]
		v := visitOf(m)
		if m.Kind == plan.CapacityCell { // a search may come back to a rate
			continue
		}
		if seen[v] {
			m.add(TreatmentMissing, "it is there more than once")
		}
		seen[v] = true
	}
}

// starts doubts demand slices of one start that the processes of another answered: starts are the samples of every ratio that
// decides, so that one of them must not pass for six.
func (r *Run) starts(nonces []string) {
	start := map[string]int{} // by nonce
	for i := range r.Measurements {
		m := &r.Measurements[i]
		if m.Kind != plan.DemandCell || m.Tier != "replica" || nonces[i] == "" {
			continue
		}
		if first, known := start[nonces[i]]; !known {
			start[nonces[i]] = m.Restart
		} else if first != m.Restart {
			m.add(TreatmentMissing, "it is labelled start %d, but the processes of start %d answered it", m.Restart, first)
		}
	}
}

// complete compares, in a run that came to its end, in how many rounds each arm of a cell was visited: load visits all of them
// in each, so that an arm with fewer has lost some, and perhaps not any.
func (r *Run) complete() {
	finished := false
	for _, e := range r.Events {
		finished = finished || e.Kind == Finished
	}
	if !finished {
		return // the report says already that it is not whole
	}
	type cell struct{ of, arm visit }
	rounds, most := map[visit]int{}, map[visit]int{}
	seen := map[visit]bool{}
	var order []cell
	for i := range r.Measurements {
		v := visitOf(&r.Measurements[i])
		if v.kind == plan.CapacityCell || v.kind == plan.LadderCell || seen[v] { // a search, and rates that are each row's own
			continue
		}
		seen[v] = true
		v.restart, v.round = 0, 0
		c := cell{arm: v}
		v.arm = ""
		c.of = v
		if rounds[c.arm]++; rounds[c.arm] == 1 {
			order = append(order, c)
		}
		most[c.of] = max(most[c.of], rounds[c.arm])
	}
	for _, c := range order {
		if got, want := rounds[c.arm], most[c.of]; got < want {
			r.Damage = append(r.Damage, fmt.Sprintf("%d of the %d slices of %s are missing", want-got, want, name(c.arm)))
		}
	}
}

func name(v visit) string {
	switch {
	case v.tier != "":
		return fmt.Sprintf("%s of %s, %s", v.kind, v.arm, v.tier)
	case v.rate > 0:
		return fmt.Sprintf("%s of %s at %g/s", v.kind, v.arm, v.rate)
	default:
		return fmt.Sprintf("%s of %s × %d", v.kind, v.arm, v.replicas)
	}
}
