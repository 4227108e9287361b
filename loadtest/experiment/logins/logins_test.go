package logins

import (
	"testing"
	"time"

	"authlab/loadtest/experiment/experimenttest"
	"authlab/loadtest/record"
)

// TestMeasure: a line has what requests and both kinds of login took, the calm, and the storm that goes on beside it.
func TestMeasure(t *testing.T) {
	b := experimenttest.Run(t, Kind, "name: mine\nschemes: [session-redis, token-hs256]\nusers: 50\nlogins: {starts: 2, "+
		"logins: 50, passwords: 8, rate: 100, storm: 4, window: 1s}\n")
	r := &record.Run{Plan: b.Plan(), Events: []record.Event{{Kind: record.Finished}}}
	for _, line := range b.Kept {
		l := line.(Line)
		if l.Request.Requests != 100 || l.Login.Requests != 50 || l.Password.Requests != 8 ||
			l.Request.Replica != time.Millisecond ||
			l.Stormed != 7 || l.Turned != 1 || l.Calm.OK != 100 || l.Storm.OK != 100 || l.StormTime <= 0 {
			t.Errorf("%+v", l)
		}
		r.Add(key, line)
	}
	if damage := Kind.Complete(r); len(b.Kept) != 4 || damage != nil {
		t.Errorf("%d lines: %v", len(b.Kept), damage)
	}
}
