package user_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"authlab/servers/user"
)

// TestAhead: a known user does not wait behind strangers who have more passwords checked than there is time for.
func TestAhead(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true, HashConcurrency: 1, HashWait: time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	var strangers sync.WaitGroup
	busy := make(chan bool, 1)
	for range 4 {
		strangers.Go(func() {
			for ctx.Err() == nil {
				if _, err := a.Verify(ctx, "unknown", "not the password"); errors.Is(err, user.ErrBusy) {
					select {
					case busy <- true:
					default:
					}
				}
			}
		})
	}
	for range 10 {
		<-busy // more than there is room for
		if u, err := a.Verify(user.Ahead(t.Context()), "alice", user.DemoPassword); err != nil || u.Name != "alice" {
			t.Error(u, err)
		}
	}
	stop()
	strangers.Wait()
}
