package memory

import (
	"testing"

	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/record"
)

// TestMeasure: users are signed in up to each number of logins, and all of them ask before what is held is read.
func TestMeasure(t *testing.T) {
	b := experimenttest.Run(t, Kind, "name: mine\nschemes: [session-redis]\nmemory: {logins: [100, 1000], starts: 2}\n")
	r := &record.Run{Plan: b.Plan(), Events: []record.Event{{Kind: record.Finished}}}
	for i, line := range b.Kept {
		f := line.(Footprint)
		logins := []int{100, 1000}[i%2]
		if f.Logins != logins || f.Start != i/2 || f.LiveHeap != uint64(1000*logins) || f.Known < uint64(logins) {
			t.Errorf("line %d: %+v", i, f)
		}
		r.Add(key, line)
	}
	if damage := Kind.Complete(r); len(b.Kept) != 4 || damage != nil {
		t.Errorf("%d lines: %v", len(b.Kept), damage)
	}
	for _, s := range b.Stood {
		if s.Users != 1000 || s.Collect == 0 || s.Flags[0] != "--ballast=0" {
			t.Errorf("%+v stood", s)
		}
	}
}
