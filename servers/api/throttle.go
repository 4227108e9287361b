package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"authlab/servers/user"
)

// throttle slows password guessing down without keeping the owner of an account out. It counts failures only. It
// promises, for each replica:
//
//   - From all strangers together, an account takes at most 100 wrong passwords in any 24 hours (NIST SP 800-63B,
//     5.2.2), from any number of addresses: 30 at once, then one after a wait that doubles from a second to half an
//     hour.
//   - From one address an account takes 5 at once, and an address has 50 for all accounts together; then waits grow to
//     five minutes. The owner of an IPv6 address has its /64, and may have its /48: the /48 has 200.
//   - A device that has logged in as this account before is not a stranger. It shows its cookie, as OWASP describes it,
//     and has 10 failures of its own. Strangers cannot use them up, and it cannot use up those of others.
//   - An owner at a new device waits for a turn; a turn is as long as the wait. See turns for how soon it comes.
//   - The old password that a change asks for can be guessed by a caller with a login: 5 at once for each login.
//
// Checks in progress count as failures until they end, so that a burst gets no more than what is free. Any others wait
// for them.
//
// Each replica counts by itself: behind N replicas that share requests evenly, an attacker has N times what the rules
// say. A shared count would make every login write to a store.
type throttle struct {
	now      func() time.Time
	patience time.Duration // for checks in progress

	mu      sync.Mutex
	pair    ledger // an account from an address
	address ledger
	site    ledger // an IPv6 network of the size that one customer may have
	account ledger // an account from all strangers
	device  ledger
	retyped ledger // the old password, by a login
	turns   *turns
	running map[bucket]int
	queues  map[bucket][]chan struct{}
}

// attempt is a password to be checked.
type attempt struct {
	account string
	from    netip.Addr
	device  string // has logged in as the account before; "" if none
	login   string // of a logged-in caller who types the old password; then the other fields do not count
}

// bucket is what a check takes from while in progress, and keeps if it failed.
type bucket struct {
	of  *ledger
	key key
}

func newThrottle(now func() time.Time) *throttle {
	secret := make([]byte, 32)
	rand.Read(secret)
	return newThrottleOf(now, secret)
}

func newThrottleOf(now func() time.Time, secret []byte) *throttle {
	rules := func(free int, longest, leak time.Duration) ledger {
		return ledger{rule: rule{free, longest, leak}, secret: secret}
	}
	const five, half = 5 * time.Minute, 30 * time.Minute
	return &throttle{
		now: now, patience: 2 * time.Second,
		pair: rules(5, five, five), address: rules(50, five, five), site: rules(200, five, time.Minute),
		account: rules(30, half, half), device: rules(10, half, half), retyped: rules(5, five, half),
		turns: newTurns(secret), running: map[bucket]int{}, queues: map[bucket][]chan struct{}{},
	}
}

// guard runs check, which reports whether a password is right, unless the attempt must wait: then the error is a 429.
func (t *throttle) guard(ctx context.Context, a attempt, check func() error) error {
	held, err := t.enter(ctx, a)
	if err != nil {
		return err
	}
	ended := false
	defer func() { t.end(held, ended && err == nil, errors.Is(err, user.ErrBadCredentials)) }()
	err = check()
	ended = true
	return err
}

// enter waits for checks in progress, if they may use up what is free, and takes its part. end must follow.
func (t *throttle) enter(ctx context.Context, a attempt) ([]bucket, error) {
	var impatient *time.Timer
	var woken bucket
	for {
		t.mu.Lock()
		held, wait, full := t.judge(a)
		if woken.of != nil && full != woken && !slices.Contains(held, woken) {
			t.wake(woken) // what was freed is not taken here: another that waits for it may want it
		}
		if full.of == nil {
			t.mu.Unlock()
			if wait > 0 {
				p := problem(http.StatusTooManyRequests, "too many wrong passwords; try again later")
				p.retryAfter = int((wait + time.Second - 1) / time.Second)
				return nil, p
			}
			return held, nil
		}
		if impatient == nil {
			impatient = time.NewTimer(t.patience)
			defer impatient.Stop()
		}
		freed := make(chan struct{})
		t.queues[full] = append(t.queues[full], freed)
		t.mu.Unlock()
		woken = full
		select {
		case <-freed:
		case <-ctx.Done():
			t.leave(full, freed)
			return nil, fmt.Errorf("%w: %w", user.ErrBusy, ctx.Err())
		case <-impatient.C:
			t.leave(full, freed)
			return nil, user.ErrBusy
		}
	}
}

// judge is called with the lock held. It returns how long the attempt must wait; or which bucket is full only because
// of checks in progress; or else it takes what a check needs.
func (t *throttle) judge(a attempt) (held []bucket, wait time.Duration, full bucket) {
	now, stranger := t.now(), false
	held, stranger = t.buckets(a, now)
	for _, b := range held {
		n, last, opens := b.of.count(b.key, now)
		running := t.running[b]
		if n < b.of.free {
			if n+running >= b.of.free && full.of == nil {
				full = b
			}
			continue
		}
		if b.of == &t.account && wait == 0 { // an attempt that must wait for its own failures draws no lot
			wait = t.turns.wait(b.key, a.account, a.from, last, opens, now)
		} else {
			wait = max(wait, opens.Sub(now))
		}
		if running > 0 && full.of == nil {
			full = b
		}
	}
	switch {
	case wait > 0:
		return nil, min(wait, t.account.longest+grace), bucket{} // cap it in case the clock was put back
	case full.of != nil:
		return nil, 0, full
	}
	for _, b := range held {
		t.running[b]++
	}
	if stranger {
		t.turns.took(held[len(held)-1].key, a.account, a.from)
	}
	return held, 0, bucket{}
}

// buckets returns the buckets that a takes from. For a stranger the account's is the last.
func (t *throttle) buckets(a attempt, now time.Time) (all []bucket, stranger bool) {
	if a.login != "" {
		return []bucket{{&t.retyped, t.retyped.keyOf("login", a.account, a.login)}}, false
	}
	if a.device != "" {
		k := t.device.keyOf("device", a.account, a.device)
		if n, _, _ := t.device.count(k, now); n < t.device.free {
			return []bucket{{&t.device, k}}, false
		}
	}
	from := network(a.from)
	all = []bucket{
		{&t.pair, t.pair.keyOf("pair", a.account, from)}, {&t.address, t.address.keyOf("address", from)},
	}
	if site, err := a.from.Prefix(48); err == nil && a.from.Is6() {
		all = append(all, bucket{&t.site, t.site.keyOf("site", site.String())})
	}
	return append(all, bucket{&t.account, t.account.keyOf("account", a.account)}), true
}

// network returns what an address counts as: the owner of one IPv6 address has the 2⁶⁴ of its network.
func network(ip netip.Addr) string {
	if ip.Is6() {
		prefix, _ := ip.Prefix(64)
		return prefix.String()
	}
	return ip.String()
}

// end returns what a check took, or counts the failure. A right password clears the caller's own failures. The address
// and the account keep theirs: guessing others' passwords between one's own logins stays slow, and the owner's login
// gives strangers no new budget.
func (t *throttle) end(held []bucket, right, wrong bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, b := range held {
		if t.running[b]--; t.running[b] == 0 {
			delete(t.running, b)
		}
		switch own := b.of != &t.address && b.of != &t.site && b.of != &t.account; {
		case wrong:
			b.of.add(b.key, now)
		case right && own:
			b.of.forget(b.key)
		}
		t.wake(b)
	}
}

// wake lets the first that waits for b look again. The lock is held.
func (t *throttle) wake(b bucket) {
	if waiting := t.queues[b]; len(waiting) > 0 {
		close(waiting[0])
		t.dequeue(b, 0)
	}
}

func (t *throttle) dequeue(b bucket, i int) {
	if t.queues[b] = slices.Delete(t.queues[b], i, i+1); len(t.queues[b]) == 0 {
		delete(t.queues, b)
	}
}

// leave ends a wait. A wake that came at the same moment goes to the next.
func (t *throttle) leave(b bucket, freed chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.queues[b], freed); i >= 0 {
		t.dequeue(b, i)
		return
	}
	t.wake(b)
}
