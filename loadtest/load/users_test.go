package load

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

// TestUnequalUsersCome: what a slice says of the hottest user is what a server saw.
func TestUnequalUsersCome(t *testing.T) {
	var mu sync.Mutex
	came := map[string]uint64{}
	base := serve(t, func(_ http.ResponseWriter, name string, _ uint64) bool {
		mu.Lock()
		defer mu.Unlock()
		came[name]++
		return false
	})
	target := target(t, base, 50)
	target.Let(plan.Identities{Drawn: true, Hot: 0.5}, 1)
	row, err := Closed(context.Background(), cell, target, ClosedOptions{Connections: 4, Window: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	most := uint64(0)
	for _, n := range came {
		most = max(most, n)
	}
	if row.Users != 50 || row.Hottest == 0 || row.Hottest != most || came[people(50)[target.hottest].User] != most {
		t.Errorf("the slice says %d of %d requests from %d users, and a server saw %d", row.Hottest, row.Served, row.Users,
			most)
	}
	target.Let(plan.Identities{}, 1)
	row, err = Closed(context.Background(), cell, target, ClosedOptions{Connections: 4, Window: 50 * time.Millisecond})
	if err != nil || row.Users != 0 || row.Hottest != 0 {
		t.Errorf("users who come in turn: %d of them, the hottest %d times, %v", row.Users, row.Hottest, err)
	}
}
