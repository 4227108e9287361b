package incident

import (
	"slices"

	"authlab/loadtest/experiment"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// complete checks the lines against the plan. A scheme that could not go through an incident, or whose servers could
// not be repaired, has no further repetitions of it. A repetition that was made again has two lines.
func complete(r *record.Run) []message.Message {
	d, _ := plan.PartOf[*Part](r.Plan)
	lines := read(r)
	incidents := d.Incidents()
	want := func(s plan.Scheme) (n int) {
		for _, i := range incidents {
			n += i.wants(lines, s.Name, d.Times)
		}
		return n
	}
	return experiment.Complete(r, key, message.New("incident.lines"), d.Schemes(r.Plan),
		func(l Line) (string, int, int) {
			repetition := l.Repetition
			if l.Again {
				repetition += d.Times
			}
			return l.Scheme, slices.IndexFunc(incidents, func(i Incident) bool { return i.Name == l.Incident }), repetition
		}, want)
}

// wants is how many lines a scheme must have of the incident: all repetitions, or those up to the one that ended it.
func (i Incident) wants(lines []Line, scheme string, times int) int {
	again, want := 0, times
	for _, l := range lines {
		if l.Incident != i.Name || l.Scheme != scheme {
			continue
		}
		if l.Again {
			again++
		}
		if !l.Unable.IsZero() || l.Failed != "" {
			want = l.Repetition + 1
		}
	}
	return again + want
}
