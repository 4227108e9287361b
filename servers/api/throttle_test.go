package api

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"authlab/servers/user"
)

// gate is a throttle with a clock that the test moves.
type gate struct {
	*throttle
	at time.Time
}

func newGate() *gate {
	g := &gate{at: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
	g.throttle = newThrottle(func() time.Time { return g.at })
	return g
}

// try is one login. It returns the seconds to wait, or -1 where the password was checked.
func (g *gate) try(account, address string, right bool) int {
	checked := false
	err := g.guard(attempt{account, address}, func() error {
		checked = true
		if right {
			return nil
		}
		return user.ErrBadCredentials
	})
	var p *Problem
	switch {
	case checked:
		return -1
	case errors.As(err, &p) && p.Status == http.StatusTooManyRequests && p.retryAfter > 0:
		return p.retryAfter
	default:
		panic(fmt.Sprint("neither checked nor 429: ", err))
	}
}

func TestThrottleSlowsGuessingDown(t *testing.T) {
	g := newGate()
	checked := 0
	for range 3600 { // a guess a second, for an hour
		if g.try("alice", "192.0.2.1", false) < 0 {
			checked++
		}
		g.at = g.at.Add(time.Second)
	}
	if checked < 10 || checked > 30 {
		t.Errorf("%d of 3600 guesses were checked, want about 5 + 8 + 11", checked)
	}
}

func TestThrottleNeverLocksTheOwnerOut(t *testing.T) {
	g := newGate()
	for i := range 5000 { // many addresses guess at once, without a pause
		g.try("alice", fmt.Sprintf("203.0.113.%d", i%200), false)
	}
	if wait := g.try("alice", "192.0.2.1", true); wait >= 0 {
		t.Errorf("the owner waits %d s at an address without failures", wait)
	}
	if wait := g.try("alice", "203.0.113.7", false); wait < 0 {
		t.Error("an address that guessed goes on unhindered")
	}
}

func TestThrottleRules(t *testing.T) {
	type login struct {
		account, address string
		right            bool
	}
	repeat := func(n int, l login) (all []login) {
		for range n {
			all = append(all, l)
		}
		return all
	}
	spray := func(n int) (all []login) {
		for i := range n {
			all = append(all, login{fmt.Sprint("user", i), "192.0.2.1", false})
		}
		return all
	}
	const here = "192.0.2.1"
	wrong := login{"alice", here, false}
	wrong6 := login{"alice", "2001:db8::1", false}
	for _, c := range []struct {
		name   string
		before []login
		then   login
		waits  bool
	}{
		{"a first login", nil, login{"alice", here, true}, false},
		{"four failures are free", repeat(4, wrong), login{"alice", here, true}, false},
		{"the fifth is not", repeat(5, wrong), login{"alice", here, true}, true},
		{"another account from there", repeat(5, wrong), login{"bob", here, true}, false},
		{"that account from elsewhere", repeat(5, wrong), login{"alice", "192.0.2.2", true}, false},
		{"successes count for nothing", repeat(500, login{"alice", here, true}), login{"alice", here, true}, false},
		{"a success forgets", append(repeat(4, wrong), login{"alice", here, true}), wrong, false},
		{"one password for many accounts", spray(50), login{"bob", here, false}, true},
		{"elsewhere meanwhile", spray(50), login{"bob", "192.0.2.2", false}, false},
		{"an IPv6 network is one address", repeat(5, wrong6), login{"alice", "2001:db8::2", false}, true},
		{"the next network is not", repeat(5, wrong6), login{"alice", "2001:db8:0:1::1", false}, false},
	} {
		g := newGate()
		for _, l := range c.before {
			g.try(l.account, l.address, l.right)
		}
		if waits := g.try(c.then.account, c.then.address, c.then.right) >= 0; waits != c.waits {
			t.Errorf("%s: waits %v, want %v", c.name, waits, c.waits)
		}
	}
}

func TestThrottleCountsOnlyWrongPasswords(t *testing.T) {
	g := newGate()
	for range 100 {
		_ = g.guard(attempt{"alice", "192.0.2.1"}, func() error { return user.ErrUnavailable })
		_ = g.guard(attempt{"alice", "192.0.2.1"}, func() error { return user.ErrBusy })
	}
	if wait := g.try("alice", "192.0.2.1", true); wait >= 0 {
		t.Errorf("an outage made the owner wait %d s", wait)
	}
}

// Guesses that are sent together must not all pass before the first has failed.
func TestThrottleHoldsABurst(t *testing.T) {
	g := newGate()
	var mu sync.Mutex
	checked := 0
	hold := make(chan struct{})
	var all, refused sync.WaitGroup
	refused.Add(1000 - throttlePending)
	for range 1000 {
		all.Go(func() {
			err := g.guard(attempt{"alice", "192.0.2.1"}, func() error {
				mu.Lock()
				checked++
				mu.Unlock()
				<-hold
				return user.ErrBadCredentials
			})
			if errors.As(err, new(*Problem)) {
				refused.Done()
			}
		})
	}
	refused.Wait()
	close(hold)
	all.Wait()
	if checked != throttlePending {
		t.Errorf("%d guesses of a burst were checked, want %d", checked, throttlePending)
	}
	if len(g.pending) != 0 {
		t.Errorf("%d checks are still counted as running", len(g.pending))
	}
}

func TestThrottleSurvivesAPanic(t *testing.T) {
	g := newGate()
	func() {
		defer func() { recover() }()
		_ = g.guard(attempt{"alice", "192.0.2.1"}, func() error { panic("a defect") })
	}()
	if len(g.pending) != 0 {
		t.Error("a check that panicked counts as running for ever")
	}
}

func TestThrottleForgets(t *testing.T) {
	g := newGate()
	for range 3 * throttleSize {
		address := fmt.Sprintf("10.%d.%d.%d", g.at.Second(), g.at.Minute(), g.at.Hour())
		g.try(fmt.Sprint("user", g.at.UnixNano()), address, false)
		g.at = g.at.Add(time.Second)
	}
	if kept := len(g.old) + len(g.young); kept > 2*(throttleSize+3) {
		t.Errorf("the throttle keeps %d entries, want at most %d", kept, 2*throttleSize)
	}
	long := make([]byte, 1<<20)
	if key := pair.key(attempt{string(long), string(long)}); len(key) > 150 {
		t.Errorf("a key of %d bytes", len(key))
	}
}
