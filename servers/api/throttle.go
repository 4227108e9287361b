package api

import (
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"authlab/servers/user"
)

// throttle slows password guessing down. It counts failures only: of an account from an address, of an address, and of
// an account from anywhere. Each answers "later" for a growing time, never "no more".
//
// It is this replica's alone: behind N replicas that share requests evenly somebody who guesses has N times what the
// rules say, such as 5N guesses of an account from an address before the first wait, and N instead of one in five minutes
// in the end. That is slow still, and a shared count would make every login wait for a store.
//
// Nobody can lock the owner out: what strangers do to an account counts against addresses that have failed on it
// themselves, so the owner, from an address without failures, gets in as ever.
type throttle struct {
	now func() time.Time

	mu      sync.Mutex
	old     map[string]failures // the generation before: forgotten when young is full or old enough
	young   map[string]failures
	began   time.Time      // when young did
	pending map[string]int // checks running now, by account and address
}

type attempt struct{ account, address string }

type failures struct {
	count int
	last  time.Time
}

// Limits of the throttle. A generation bounds its memory: at most two of them are kept, and a key has at most 150
// bytes.
const (
	throttleSize = 50_000
	throttleTime = 15 * time.Minute
	// throttlePending is how many checks of one account from one address may run at once: without it a thousand guesses
	// sent together would all pass before the first has failed.
	throttlePending = 16
)

// A rule says how many failures are free, and the longest wait after the next ones, which doubles from a second.
type rule struct {
	key     func(attempt) string
	free    int
	longest time.Duration
}

var (
	pair     = rule{func(a attempt) string { return "p " + cut(a.account) + " " + network(a.address) }, 5, 5 * time.Minute}
	address  = rule{func(a attempt) string { return "n " + network(a.address) }, 50, 5 * time.Minute}
	anywhere = rule{func(a attempt) string { return "a " + cut(a.account) }, 20, time.Minute}
)

func cut(name string) string { return name[:min(len(name), 64)] }

// network is who owns an address: whoever has one IPv6 address has the 2⁶⁴ of its network.
func network(text string) string {
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Unmap().Is4() {
		return text[:min(len(text), 64)]
	}
	prefix, _ := ip.WithZone("").Prefix(64)
	return prefix.String()
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, young: map[string]failures{}, pending: map[string]int{}, began: now()}
}

// guard runs check, which tells whether a password is right, unless the attempt must wait: then the error is a 429.
func (t *throttle) guard(a attempt, check func() error) error {
	if wait := t.begin(a); wait > 0 {
		p := problem(http.StatusTooManyRequests, "too many wrong passwords; try again later")
		p.retryAfter = int((wait + time.Second - 1) / time.Second)
		return p
	}
	var err error
	ended := false
	defer func() { t.end(a, ended && err == nil, errors.Is(err, user.ErrBadCredentials)) }()
	err = check()
	ended = true
	return err
}

// begin returns how long this attempt must wait; 0 lets it through, and end must follow.
func (t *throttle) begin(a attempt) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, key := t.now(), pair.key(a)
	mine := t.get(key)
	wait := max(pair.wait(mine, now), address.wait(t.get(address.key(a)), now))
	if mine.count > 0 {
		wait = max(wait, anywhere.wait(t.get(anywhere.key(a)), now))
	}
	if wait > 0 {
		return wait
	}
	if running := t.pending[key]; running >= throttlePending || mine.count >= pair.free && running > 0 {
		return time.Second
	}
	t.pending[key]++
	return 0
}

// wait is how much is left of the pause after the last failure.
func (r rule) wait(f failures, now time.Time) time.Duration {
	over := f.count - r.free
	if over < 0 {
		return 0
	}
	return f.last.Add(min(time.Second<<min(over, 16), r.longest)).Sub(now)
}

// end counts a wrong password, and forgets the failures of an account from the address that knows the right one. The
// address keeps its own: guessing others' passwords between two logins of one's own stays slow.
func (t *throttle) end(a attempt, right, wrong bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := pair.key(a)
	if t.pending[key]--; t.pending[key] == 0 {
		delete(t.pending, key)
	}
	switch {
	case right:
		delete(t.young, key)
		delete(t.old, key)
	case wrong:
		now := t.now()
		if len(t.young) >= throttleSize || now.Sub(t.began) > throttleTime {
			t.old, t.young, t.began = t.young, map[string]failures{}, now
		}
		for _, key := range []string{key, address.key(a), anywhere.key(a)} {
			t.young[key] = failures{t.get(key).count + 1, now}
		}
	}
}

func (t *throttle) get(key string) failures {
	if f, ok := t.young[key]; ok {
		return f
	}
	return t.old[key]
}
