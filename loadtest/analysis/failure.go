package analysis

import (
	"cmp"
	"slices"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/record"
)

// Failure is one way in which requests of a cell were not answered correctly, and when. It includes slices that do not
// count: it describes the run, not the schemes.
type Failure struct {
	Cell     message.Sentence `json:"cell"`     // what was measured
	Verdict  record.Verdict   `json:"verdict"`  // "unauthenticated", "status-503", "error-timeout", …
	Requests uint64           `json:"requests"` // that got this
	Of       uint64           `json:"of"`       // requests of the cell
	Slices   int              `json:"slices"`   // in which it happened
	First    time.Duration    `json:"first_ns"` // start of the first of them, since the run's first slice
	Last     time.Duration    `json:"last_ns"`  // the same of the last of them
}

// failures counts them by cell and verdict, in the order of their first occurrence.
func (a *Analysis) failures() {
	if len(a.slices) == 0 {
		return
	}
	began := a.slices[0].Start
	type kind struct {
		cell    cellName
		verdict record.Verdict
	}
	of, at := map[cellName]uint64{}, map[kind]int{}
	for i := range a.slices {
		m := &a.slices[i]
		if m.Start.Before(began) {
			began = m.Start
		}
		of[nameOf(m.Cell)] += m.Counted
	}
	for i := range a.slices {
		m := &a.slices[i]
		for verdict, n := range m.Verdicts {
			if verdict == record.OK || n == 0 {
				continue
			}
			k, when := kind{nameOf(m.Cell), verdict}, m.Start.Sub(began)
			if _, known := at[k]; !known {
				at[k] = len(a.Failures)
				a.Failures = append(a.Failures, Failure{
					Cell: k.cell.label(), Verdict: verdict, Of: of[k.cell], First: when, Last: when,
				})
			}
			a.Failures[at[k]].count(n, when)
		}
	}
	slices.SortFunc(a.Failures, func(x, y Failure) int {
		return cmp.Or(
			cmp.Compare(x.First, y.First), cmp.Compare(x.Cell.String(), y.Cell.String()), cmp.Compare(x.Verdict, y.Verdict),
		)
	})
}

// count adds a slice.
func (f *Failure) count(requests uint64, at time.Duration) {
	f.Requests, f.Slices = f.Requests+requests, f.Slices+1
	f.First, f.Last = min(f.First, at), max(f.Last, at)
}
