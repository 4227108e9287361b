package incident

import "slices"

// mostAgain is how many repetitions of a run are made again at most. A machine that is shared may pause for a moment;
// one on which more of them are spoilt is not fit, and the verdicts say so.
const mostAgain = 6

// late reports whether the lab's own load, or its relay to the store, was too late for the line to show anything.
func (l Line) late() bool {
	return l.Load.Late > most || 100*l.Load.Unsent > l.Load.Sent || l.Load.Relay > most
}

// wasted reports whether a repetition is made again, and marks its lines. What decides is the lab's lateness alone, and
// never what became of a request. A fault that makes the load late itself spoils the second one too, which counts.
func (h *house) wasted(trials []*trial) bool {
	if h.again == mostAgain || !slices.ContainsFunc(trials, func(t *trial) bool { return t.line.late() }) {
		return false
	}
	for _, t := range trials {
		if l := t.line; l.Failed != "" || !l.Unable.IsZero() || l.Load.Mixed > 0 {
			return false
		}
	}
	h.again++
	for _, t := range trials {
		t.line.Again = true
	}
	return true
}

// counted leaves out the repetitions that were made again, and says how many there were. A line that says so where no
// load was late, or that a user met another's answer in, counts all the same.
func counted(lines []Line) (counting []Line, again int) {
	type repetition struct {
		incident string
		n        int
	}
	late := map[repetition]bool{}
	for _, l := range lines {
		if l.Again && l.late() {
			late[repetition{l.Incident, l.Repetition}] = true
		}
	}
	counting = slices.DeleteFunc(slices.Clone(lines), func(l Line) bool {
		return l.Again && l.Load.Mixed == 0 && late[repetition{l.Incident, l.Repetition}]
	})
	return counting, len(late)
}
