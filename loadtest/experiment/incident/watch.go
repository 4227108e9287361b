package incident

import (
	"slices"
	"sync"
	"time"

	"authlab/loadtest/experiment"
	"authlab/loadtest/record"
)

// Of the signed-in users, watched log out before the load begins, and as many halfway through the fault. One of every
// endedEvery requests tries such a login.
const (
	watched    = 20
	endedEvery = 20
	endedShare = 1.0 / endedEvery
)

// unsent is the verdict on a request for which no connection was free.
const unsent = record.Verdict("unsent")

// watch sorts the answers of one scheme, and keeps the state of every user.
type watch struct {
	first int // the first user of this repetition
	users []user
	live  int // the users from here on have logged out before

	mu      sync.Mutex
	buckets []Bucket
	load    Load
	late    []time.Duration
	during  []time.Duration // what answers took while the fault lasted
	fault   bool
}

// user is one user, live unless it logs out.
type user struct {
	left    bool          // logs out: it counts no more until the end of its login is promised
	ended   bool          // the logout was confirmed
	promise time.Duration // from when on the login must be refused
	refused bool
	last    record.Verdict
	down    bool
	since   time.Duration // the first failure of an outage
	longest time.Duration
}

func newWatch(first, live int) *watch {
	return &watch{first: first, live: live, users: make([]user, live+watched)}
}

// who decides whose request is next: live users in turn, and now and then one whose login has ended.
func (w *watch) who(seq int) int {
	if seq%endedEvery == endedEvery-1 {
		turn := seq / endedEvery % (2 * watched)
		return w.first + w.live - watched + turn // half of them log out in the fault
	}
	return w.first + (seq-seq/endedEvery)%(w.live-watched)
}

// leave says that a user logs out, and then whether that was confirmed, and from when on its login must be refused.
func (w *watch) leave(who int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[who].left = true
}

func (w *watch) left(who int, promise time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users[who].ended, w.users[who].promise = true, promise
}

// during says that the fault begins, or ends.
func (w *watch) lasts(fault bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

// see counts an answer. One goroutine at a time calls it.
func (w *watch) see(a experiment.Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.load.Sent++
	w.late = append(w.late, a.Sent-a.Due)
	at := int(a.Sent / Width)
	for len(w.buckets) <= at {
		w.buckets = append(w.buckets, Bucket{})
	}
	if w.fault && a.Took > 0 {
		w.during = append(w.during, a.Took)
	}
	b, u := &w.buckets[at], &w.users[a.Who-w.first]
	switch a.Verdict {
	case unsent:
		w.load.Unsent++
		return
	case record.WrongUser:
		w.load.Mixed++
	}
	if a.Cookie && a.Verdict != record.OK {
		b.Cookies++
	}
	if u.left {
		u.afterwards(a, b)
		return
	}
	b.count(a)
	u.goesOn(a)
}

// afterwards counts the answer to a login that was ended. What was sent before the promised time may go either way.
func (u *user) afterwards(a experiment.Answer, b *Bucket) {
	switch {
	case !u.ended || a.Sent < u.promise:
	case a.Verdict == record.OK:
		b.Admitted++
	case a.Verdict == record.Unauthenticated:
		b.Denied++
	}
}

// count counts the answer to a login that must be accepted.
func (b *Bucket) count(a experiment.Answer) {
	switch {
	case a.Verdict == record.OK:
		b.OK++
	case a.Verdict == record.Unauthenticated:
		b.Refused++
	case a.Replica < 0:
		b.Unanswered++
	case a.Verdict == record.Verdict("status-503"):
		b.Unavailable++
	default:
		b.Other++
	}
}

// goesOn keeps whether the user is served.
func (u *user) goesOn(a experiment.Answer) {
	u.last = a.Verdict
	u.refused = u.refused || a.Verdict == record.Unauthenticated
	switch {
	case a.Verdict != record.OK && !u.down:
		u.down, u.since = true, a.Sent
	case a.Verdict == record.OK && u.down:
		u.down = false
		u.longest = max(u.longest, a.Sent+a.Took-u.since)
	}
}

// report fills in the line what was seen until the load ended.
func (w *watch) report(l *Line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l.Buckets, l.Load = w.buckets, w.load
	l.Load.Late, l.P99 = highest(w.late), highest(w.during)
	for i := range w.users {
		u := &w.users[i]
		if u.left {
			continue
		}
		if u.down {
			u.longest = max(u.longest, l.Ended-u.since)
		}
		l.Users.Live++
		l.Users.Longest = max(l.Users.Longest, u.longest)
		if u.refused {
			l.Users.LoggedOut++
		}
		if u.last == record.Unauthenticated {
			l.Users.Lost++
		}
	}
}

// highest is the 99th percentile.
func highest(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(99*len(sorted)-1)/100]
}

// settle starts the clock anew: what was promised before the load must be kept from its begin on, or from a push later.
func (w *watch) settle(push time.Duration) {
	for i := range w.users {
		if w.users[i].ended {
			w.users[i].promise = push
		}
	}
}
