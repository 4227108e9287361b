package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"authlab/servers/user"
)

// gate is a throttle with a clock that the test moves, and the same draws in each run.
type gate struct {
	*throttle
	at    time.Time
	asked int               // guesses of askFirst
	told  map[int]time.Time // when its networks were told to return
}

func newGate() *gate { return newGateOf("the same in each run") }

func newGateOf(secret string) *gate {
	g := &gate{at: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), told: map[int]time.Time{}}
	g.throttle = newThrottleOf(func() time.Time { return g.at }, []byte(secret))
	g.patience = time.Minute // no test may depend on how busy the machine is
	return g
}

func from(account, address string) attempt {
	return attempt{account: account, from: netip.MustParseAddr(address)}
}

func (a attempt) on(device string) attempt { a.device = device; return a }

// try is one login. It returns the seconds to wait, or -1 where the password was checked.
func (g *gate) try(a attempt, right bool) int {
	checked := false
	err := g.guard(context.Background(), a, func() error {
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

// crowd holds attackers' addresses: each function returns the i-th.
var crowd = map[string]func(i int) string{
	"IPv4 addresses that are used once": func(i int) string {
		return fmt.Sprintf("100.%d.%d.%d", i>>16&255, i>>8&255, i&255)
	},
	"all of one IPv6 /48": func(i int) string { return fmt.Sprintf("2001:db8:1:%x::1", i&0xffff) },
	"an IPv6 /32":         func(i int) string { return fmt.Sprintf("2001:db8:%x:%x::1", i>>4&0xffff, i&15) },
	"IPv4 and IPv6 in turn": func(i int) string {
		if i%2 == 0 {
			return fmt.Sprintf("2001:db8:%x::1", i&0xffff)
		}
		return fmt.Sprintf("100.%d.%d.%d", i>>16&255, i>>8&255, i&255)
	},
}

func TestThrottleSlowsGuessingDown(t *testing.T) {
	g := newGate()
	checked := 0
	for range 3600 { // a guess a second, for an hour
		if g.try(from("alice", "192.0.2.1"), false) < 0 {
			checked++
		}
		g.at = g.at.Add(time.Second)
	}
	if checked < 10 || checked > 30 {
		t.Errorf("%d of 3600 guesses were checked, want about 5 + 8 + 11", checked)
	}
}

// However many addresses guess, and however they pause, an account takes at most 100 wrong passwords in 24 hours.
func TestStrangersAreBoundedTogether(t *testing.T) {
	const day = 24 * time.Hour
	// Bursts of this many guesses a second apart, and a pause between them.
	type habit struct {
		burst int
		pause time.Duration
	}
	for who, address := range crowd {
		for _, h := range []habit{
			{1, 20 * time.Second}, {1, 29 * time.Minute}, {200, time.Hour}, {200, 5 * time.Hour}, {500, day / 2},
		} {
			g := newGate()
			var checked []time.Time
			start, worst, first := g.at, 0, 0
			for i := 0; g.at.Sub(start) < 3*day; i++ {
				if g.try(from("alice", address(i)), false) < 0 {
					checked = append(checked, g.at)
				}
				for g.at.Sub(checked[first]) >= day {
					first++
				}
				worst = max(worst, len(checked)-first)
				if g.at = g.at.Add(time.Second); i%h.burst == 0 {
					g.at = g.at.Add(h.pause)
				}
			}
			if worst > 100 || worst < 30 {
				t.Errorf("%s, %+v: %d wrong passwords in 24 hours, want 30 to 100", who, h, worst)
			}
		}
	}
}

// Strangers never delay an owner on a device that has logged in before.
func TestStrangersDoNotReachAKnownDevice(t *testing.T) {
	for who, address := range crowd {
		g := newGate()
		guess := func() {
			for i := range 300 {
				g.try(from("alice", address(i)), false)
			}
			g.try(from("alice", "192.0.2.1"), false) // from the owner's own network too
			g.at = g.at.Add(time.Second)
		}
		owner := from("alice", "192.0.2.1").on("hers")
		for range 4 {
			for range 9 { // mistyping it
				guess()
				if wait := g.try(owner, false); wait >= 0 {
					t.Fatalf("%s: the owner waits %d s", who, wait)
				}
			}
			guess()
			if wait := g.try(owner, true); wait >= 0 {
				t.Fatalf("%s: the owner waits %d s", who, wait)
			}
		}
	}
}

// A device has a budget of its own. Beyond it, it counts as a stranger.
func TestAKnownDeviceIsBounded(t *testing.T) {
	g := newGate()
	checked := 0
	for range 1000 {
		if g.try(from("alice", "192.0.2.1").on("stolen"), false) < 0 {
			checked++
		}
	}
	if checked != 10+5 {
		t.Errorf("%d guesses of a stolen device were checked, want 10 and then 5 as from any address", checked)
	}
	for what, other := range map[string]attempt{
		"another device of hers": from("alice", "192.0.2.1").on("hers"), "another account": from("bob", "192.0.2.1"),
		"another address": from("alice", "192.0.2.2"),
	} {
		if wait := g.try(other, true); wait >= 0 {
			t.Errorf("%s waits %d s", what, wait)
		}
	}
}

func TestThrottleRules(t *testing.T) {
	type login struct {
		attempt
		right bool
	}
	repeat := func(n int, a attempt, right bool) (all []login) {
		for range n {
			all = append(all, login{a, right})
		}
		return all
	}
	spray := func(n int, address func(i int) string) (all []login) {
		for i := range n {
			all = append(all, login{from(fmt.Sprint("user", i), address(i)), false})
		}
		return all
	}
	here := func(int) string { return "192.0.2.1" }
	site := crowd["all of one IPv6 /48"]
	hers := from("alice", "192.0.2.1").on("hers")
	alice, alice6 := from("alice", "192.0.2.1"), from("alice", "2001:db8::1")
	old := attempt{account: "id of alice", login: "one"}
	long := strings.Repeat("a", 64)
	for _, c := range []struct {
		name   string
		before []login
		then   attempt
		waits  bool
	}{
		{"a first login", nil, alice, false},
		{"four failures are free", repeat(4, alice, false), alice, false},
		{"the fifth is not", repeat(5, alice, false), alice, true},
		{"another account from there", repeat(5, alice, false), from("bob", "192.0.2.1"), false},
		{"a name in another case is another", repeat(5, alice, false), from("Alice", "192.0.2.1"), false},
		{"names that begin alike are two", repeat(5, from(long+"a", "192.0.2.1"), false), from(long+"b", "192.0.2.1"), false},
		{"that account from elsewhere", repeat(5, alice, false), from("alice", "192.0.2.2"), false},
		{"successes count for nothing", repeat(500, alice, true), alice, false},
		{"a success forgets", append(repeat(4, alice, false), login{alice, true}), alice, false},
		{"a device's success forgets", append(repeat(9, hers, false), login{hers, true}), hers, false},
		{"one password for many accounts", spray(50, here), from("bob", "192.0.2.1"), true},
		{"on a known device there", spray(50, here), from("bob", "192.0.2.1").on("his"), false},
		{"elsewhere meanwhile", spray(50, here), from("bob", "192.0.2.2"), false},
		{"one password for many, from a /48", spray(200, site), from("bob", "2001:db8:1:ffff::1"), true},
		{"another /48 meanwhile", spray(200, site), from("bob", "2001:db8:2::1"), false},
		{"an IPv6 network is one address", repeat(5, alice6, false), from("alice", "2001:db8::2"), true},
		{"the next network is not", repeat(5, alice6, false), from("alice", "2001:db8:0:1::1"), false},
		{"an old password", repeat(5, old, false), old, true},
		{"another login's", repeat(5, old, false), attempt{account: "id of alice", login: "two"}, false},
		{"an old password, while strangers guess", spray(1000, here), old, false},
	} {
		g := newGate()
		for _, l := range c.before {
			g.try(l.attempt, l.right)
		}
		if waits := g.try(c.then, true) >= 0; waits != c.waits {
			t.Errorf("%s: waits %v, want %v", c.name, waits, c.waits)
		}
	}
}

func TestThrottleCountsOnlyWrongPasswords(t *testing.T) {
	g := newGate()
	for range 100 {
		for _, err := range []error{user.ErrUnavailable, user.ErrBusy, context.Canceled} {
			_ = g.guard(t.Context(), from("alice", "192.0.2.1"), func() error { return err })
		}
	}
	if wait := g.try(from("alice", "192.0.2.1"), true); wait >= 0 {
		t.Errorf("an outage made the owner wait %d s", wait)
	}
}

// A flood of names and addresses takes no more memory, and evicts no count.
func TestAFloodForgetsNothing(t *testing.T) {
	g := newGate()
	address := crowd["IPv4 addresses that are used once"]
	for i := range 100 {
		g.try(from("alice", address(i)), false)
	}
	before, _, _ := g.account.count(g.account.keyOf("account", "alice"), g.at)
	for i := range 200_000 {
		g.try(from(fmt.Sprint("unknown ", i), address(i)), false)
		if i < 120_000 {
			g.try(from("alice", address(i)), false) // refused: its wait is recorded
		}
	}
	if after, _, _ := g.account.count(g.account.keyOf("account", "alice"), g.at); before != 30 || after != before {
		t.Errorf("%d failures of an account became %d, want 30", before, after)
	}
	if g.try(from("alice", "192.0.2.1"), false) < 0 {
		t.Error("a flood made the throttle forget an account")
	}
	if n := len(g.turns.old) + len(g.turns.young); n > 2*g.turns.networks {
		t.Errorf("%d networks are known to wait, want at most %d", n, 2*g.turns.networks)
	}
	if wait := g.try(from("bob", "192.0.2.1"), true); wait >= 0 {
		t.Errorf("another account waits %d s", wait)
	}
}

// A clock that is put back, or far ahead, makes no wait longer than the rules say.
func TestThrottleOutlivesClocks(t *testing.T) {
	for _, jump := range []time.Duration{-24 * time.Hour, -time.Second, 1000 * time.Hour} {
		g := newGate()
		for i := range 100 {
			g.try(from("alice", crowd["an IPv6 /32"](i)), false)
		}
		g.at = g.at.Add(jump)
		waits := g.try(from("alice", "192.0.2.1"), true)
		if limit := int((30*time.Minute + grace) / time.Second); waits > limit || jump > 0 && waits >= 0 {
			t.Errorf("after %v: %d s, want at most %d", jump, waits, limit)
		}
	}
}

// BenchmarkThrottle is what a login costs besides its password.
func BenchmarkThrottle(b *testing.B) {
	t, a := newThrottle(time.Now), from("load-000123", "127.0.0.1")
	right := func() error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if err := t.guard(b.Context(), a, right); err != nil {
			b.Fatal(err)
		}
	}
}
