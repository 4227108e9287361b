package load

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/wire"
)

// Load goes only to addresses that were checked, in closed and in open loop.
func TestLoadGoesWhereItIsPinned(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer s.Close()
	target, err := NewTarget(s.URL, "/v1/me", "n", 0, 1, []credential.Credential{{Header: "Cookie", Value: "a=b"}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	target.Pin(new(wire.Pins))
	if closed := sent(t, target, 2, 1); closed.Served == 0 {
		t.Errorf("%d requests were tried", closed.Served)
	}
	open, err := Open(t.Context(), record.Cell{}, target,
		OpenOptions{Rate: 500, Arrivals: plan.Constant, Window: 20 * time.Millisecond, Requests: io.Discard})
	if err != nil || open.Served == 0 {
		t.Errorf("%d requests were tried: %v", open.Served, err)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests reached an address that was never checked", n)
	}
}
