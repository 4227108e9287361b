package analysis

import (
	"cmp"
	"slices"
	"time"

	"authlab/loadtest/record"
)

// Failure is one way in which requests of a cell were not answered correctly, and when. Slices that do not count are in it too:
// it is about the run, not about the rows.
type Failure struct {
	Cell     string         `json:"cell"`
	Verdict  record.Verdict `json:"verdict"` // "unauthenticated", "status-503", "error-timeout", …
	Requests uint64         `json:"requests"`
	Of       uint64         `json:"of"`       // requests of the cell
	Slices   int            `json:"slices"`   // in which it happened
	First    time.Duration  `json:"first_ns"` // start of the first of them, since the run's first slice
	Last     time.Duration  `json:"last_ns"`
}

// failures counts them by cell and verdict, in the order of their first.
func (a *Analysis) failures() {
	if len(a.slices) == 0 {
		return
	}
	began := a.slices[0].Start
	of := map[string]uint64{}
	for i := range a.slices {
		m := &a.slices[i]
		if m.Start.Before(began) {
			began = m.Start
		}
		of[label(m.Cell)] += m.Counted
	}
	for i := range a.slices {
		m := &a.slices[i]
		for verdict, n := range m.Verdicts {
			if verdict != record.OK && n > 0 {
				a.failed(label(m.Cell), verdict, n, m.Start.Sub(began))
			}
		}
	}
	for i := range a.Failures {
		a.Failures[i].Of = of[a.Failures[i].Cell]
	}
	slices.SortFunc(a.Failures, func(x, y Failure) int {
		return cmp.Or(cmp.Compare(x.First, y.First), cmp.Compare(x.Cell, y.Cell), cmp.Compare(x.Verdict, y.Verdict))
	})
}

func (a *Analysis) failed(cell string, verdict record.Verdict, n uint64, at time.Duration) {
	i := slices.IndexFunc(a.Failures, func(f Failure) bool { return f.Cell == cell && f.Verdict == verdict })
	if i < 0 {
		i = len(a.Failures)
		a.Failures = append(a.Failures, Failure{Cell: cell, Verdict: verdict, First: at, Last: at})
	}
	f := &a.Failures[i]
	f.Requests, f.Slices = f.Requests+n, f.Slices+1
	f.First, f.Last = min(f.First, at), max(f.Last, at)
}
