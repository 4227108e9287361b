package measure

import (
	"fmt"

	"authlab/loadtest/experiment/all"
	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

// whole compares the files of the kinds of experiment with the plan.
func (r *Run) whole() {
	for _, kind := range all.Of(r.Plan) {
		r.Damage = append(r.Damage, kind.Complete(&r.Run)...)
	}
}

// visited counts the slices of a target: all that the plan asks for, except those that an event says were left out. The
// runs of several generators were complete before they were merged.
func (r *Run) visited() {
	if r.Environment.Target != nil && len(r.Environment.Target.Runs) > 0 {
		return
	}
	want := 0
	left := map[string]bool{}
	for _, e := range r.Events {
		if e.Kind == record.Skipped {
			left[e.About] = true
			want -= e.Slices
		}
	}
	for _, v := range r.Plan.Visits() {
		if v.Rate == 0 || !left[RateName(v.Rate)] {
			want++
		}
	}
	if got := len(r.Measurements); got < want {
		r.Damage = append(r.Damage, message.New("damage.target-slices", "missing", want-got, "of", want))
	}
}

// RateName names a rate of a target that was left out.
func RateName(rate float64) string { return fmt.Sprintf("%g/s", rate) }
