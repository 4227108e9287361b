package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"authlab/servers/user"
)

// TestWaitingForAFullDevice has attempts with one device wait until its free failures are used up. They then count as a
// stranger's, so that five more are checked and the others refused at once. None of them waits for its patience to end,
// and none is woken while nothing has been freed for it.
func TestWaitingForAFullDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		began := time.Now()
		release := make(chan struct{})
		var checked, refused atomic.Int64
		var attempts sync.WaitGroup
		for range 40 {
			attempts.Go(func() {
				err := g.guard(context.Background(), from("alice", "192.0.2.1").on("hers"), func() error {
					checked.Add(1)
					<-release
					return user.ErrBadCredentials
				})
				var p *Problem
				if errors.As(err, &p) && p.Status == http.StatusTooManyRequests {
					refused.Add(1)
				}
			})
		}
		synctest.Wait()
		for n := range int64(15) {
			// Of the first ten checks none has room for another; the tenth failure makes room for a stranger's five.
			want := int64(10)
			if n >= 10 {
				want = 15
			}
			if got := checked.Load(); got != want {
				t.Errorf("after %d failures %d were checked, want %d", n, got, want)
			}
			release <- struct{}{}
			synctest.Wait()
		}
		attempts.Wait()
		if checked.Load() != 15 || refused.Load() != 25 || time.Since(began) != 0 {
			t.Errorf(
				"%d checked, %d refused after %v; want 15 and 25 at once",
				checked.Load(),
				refused.Load(),
				time.Since(began),
			)
		}
	})
}
