package api

import (
	"sync"
	"time"
)

// throttle slows password guessing down. It counts failures only, of an account from an address, of an address, and of an
// account from anywhere. Each answers "later" for a growing time, never "no more": nobody can lock the owner out, because
// what strangers do to an account from elsewhere costs its owner at most a second.
type throttle struct {
	now func() time.Time

	mu  sync.Mutex
	old map[string]failures // the generation before: forgotten when young is full or old enough
	new map[string]failures
	at  time.Time // when new began
}

type attempt struct{ account, address string }

type failures struct {
	count int
	last  time.Time
}

// Limits of the throttle. A generation bounds its memory: at most two of them are kept, and 64 bytes of name a key.
const (
	throttleSize = 50_000
	throttleTime = 15 * time.Minute
)

// rules say how many failures are free, and the longest wait after the next ones, which doubles from a second.
var rules = [...]struct {
	key     func(attempt) string
	free    int
	longest time.Duration
}{
	{func(a attempt) string { return "pair " + cut(a.account) + " " + a.address }, 5, 5 * time.Minute},
	{func(a attempt) string { return "address " + a.address }, 50, 5 * time.Minute},
	{func(a attempt) string { return "account " + cut(a.account) }, 20, time.Second},
}

func cut(name string) string { return name[:min(len(name), 64)] }

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, new: map[string]failures{}, at: now()}
}

// wait returns how long this attempt must wait; 0 lets it through.
func (t *throttle) wait(a attempt) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	var longest time.Duration
	for _, rule := range rules {
		f := t.get(rule.key(a))
		if over := f.count - rule.free; over >= 0 {
			pause := min(time.Second<<min(over, 16), rule.longest)
			longest = max(longest, f.last.Add(pause).Sub(now))
		}
	}
	return longest
}

// failed counts a wrong password.
func (t *throttle) failed(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if len(t.new) >= throttleSize || now.Sub(t.at) > throttleTime {
		t.old, t.new, t.at = t.new, map[string]failures{}, now
	}
	for _, rule := range rules {
		key := rule.key(a)
		t.new[key] = failures{t.get(key).count + 1, now}
	}
}

// succeeded forgets the failures of this account from this address. The address keeps its own: guessing others' passwords
// between two logins of one's own stays slow.
func (t *throttle) succeeded(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.new, rules[0].key(a))
	delete(t.old, rules[0].key(a))
}

func (t *throttle) get(key string) failures {
	if f, ok := t.new[key]; ok {
		return f
	}
	return t.old[key]
}
