package delays

import (
	"testing"

	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/record"
)

// TestMeasure: every login is told once for each replica, and the run is whole by its own word.
func TestMeasure(t *testing.T) {
	b := experimenttest.Run(t, Kind, "name: mine\nschemes: [session-redis, token-hs256]\ndelays: {replicas: 3, logins: "+
		"10}\n")
	if want := 3 * (10 + Expiring); len(b.Kept) != want || len(b.Stood) != 2 {
		t.Errorf("%d lines of %d schemes, want %d of 2", len(b.Kept), len(b.Stood), want)
	}
	r := &record.Run{Plan: b.Plan(), Events: []record.Event{{Kind: record.Finished}}}
	for _, line := range b.Kept {
		r.Add(key, line)
	}
	if damage := Kind.Complete(r); damage != nil {
		t.Error(damage)
	}
	r.Add(key, b.Kept[0])
	if damage := Kind.Complete(r); len(damage) != 1 {
		t.Errorf("a line that is there twice: %v", damage)
	}
	r = &record.Run{Plan: b.Plan(), Events: []record.Event{{Kind: record.Finished}}}
	if damage := Kind.Complete(r); len(damage) != 2 {
		t.Errorf("two schemes without a line: %v", damage)
	}
}
