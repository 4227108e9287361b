package api

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authlab/servers/user"
)

// Guesses that are sent together get no more than what is free, and correct passwords wait for one another.
func TestThrottleHoldsABurst(t *testing.T) {
	const all = 3000
	here, site := from("alice", "192.0.2.1"), crowd["all of one IPv6 /48"]
	for _, c := range []struct {
		what    string
		of      func(i int) attempt
		verdict error
		checked int
	}{
		{"one account from one address", func(int) attempt { return here }, user.ErrBadCredentials, 5},
		{"names of one address", func(i int) attempt { return from(fmt.Sprint(i), "192.0.2.1") }, user.ErrBadCredentials, 50},
		{"one account from all over", func(i int) attempt { return from("alice", site(i)) }, user.ErrBadCredentials, 30},
		{"names of one site", func(i int) attempt { return from(fmt.Sprint(i), site(i)) }, user.ErrBadCredentials, 200},
		{"one device", func(int) attempt { return here.on("hers") }, user.ErrBadCredentials, 10 + 5},
		{"old passwords", func(int) attempt { return attempt{account: "1", login: "one"} }, user.ErrBadCredentials, 5},
		{"right passwords", func(int) attempt { return here }, nil, all},
	} {
		g := newGate()
		var checked, running, most atomic.Int64
		var burst sync.WaitGroup
		for i := range all {
			burst.Go(func() {
				_ = g.guard(context.Background(), c.of(i), func() error {
					checked.Add(1)
					if n := running.Add(1); n > most.Load() {
						most.Store(n)
					}
					for range 100 {
						runtime.Gosched() // so that others get as far as this
					}
					running.Add(-1)
					return c.verdict
				})
			})
		}
		burst.Wait()
		if int(checked.Load()) != c.checked {
			t.Errorf("%s: %d of a burst were checked, want %d", c.what, checked.Load(), c.checked)
		}
		if len(g.running) != 0 || len(g.queues) != 0 {
			t.Errorf("%s: %d checks are still counted as running, %d queues are left", c.what, len(g.running), len(g.queues))
		}
	}
}

// A request that waits for a check that does not end gives up, and leaves nothing behind.
func TestThrottleIsNotPatientForEver(t *testing.T) {
	g := newGate()
	g.patience = time.Millisecond
	a := from("alice", "192.0.2.1")
	hold, started := make(chan struct{}), make(chan struct{}, 5)
	var held sync.WaitGroup
	for range 5 {
		held.Go(func() {
			_ = g.guard(context.Background(), a, func() error { started <- struct{}{}; <-hold; return nil })
		})
	}
	for range 5 {
		<-started
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{t.Context(), gone} {
		err := g.guard(ctx, a, func() error { t.Error("a sixth check ran"); return nil })
		if !errors.Is(err, user.ErrBusy) {
			t.Errorf("%v, want too many at once", err)
		}
	}
	close(hold)
	held.Wait()
	if wait := g.try(a, true); wait >= 0 || len(g.queues) != 0 || len(g.running) != 0 {
		t.Errorf("afterwards: %d s, %d queues, %d running", wait, len(g.queues), len(g.running))
	}
}

func TestThrottleSurvivesAPanic(t *testing.T) {
	g := newGate()
	func() {
		defer func() { recover() }()
		_ = g.guard(t.Context(), from("alice", "192.0.2.1"), func() error { panic("a defect") })
	}()
	if len(g.running) != 0 {
		t.Error("a check that panicked counts as running for ever")
	}
}
