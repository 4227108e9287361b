package token

import (
	"errors"
	"sync"
	"time"

	"authlab/servers/user"
)

// ended is a replica's copy of what was revoked. It holds an entry until no token can be about it any more, so it is as
// large as what is revoked in the life of a token, and never larger than max.
type ended struct {
	now func() time.Time
	max int

	mu     sync.RWMutex
	logins map[string]time.Time // by sid: until when
	roles  map[string]changed   // by user
	queue  []due                // in the order of arrival, which is that of expiry but for the difference of clocks
}

type changed struct {
	version int64
	role    user.Role
	until   time.Time
}

// due is a note to look at an entry again.
type due struct {
	at          time.Time
	login, user string // one of them
}

func newEnded(maximum int, now func() time.Time) *ended {
	return &ended{now: now, max: maximum, logins: map[string]time.Time{}, roles: map[string]changed{}}
}

var errFull = errors.New("the list of revocations is full: give --push-max more room")

// role is what c's user may do now; errEnded if the login was ended.
func (e *ended) role(c *claims) (user.Role, error) {
	e.mu.RLock()
	_, over := e.logins[c.Family]
	r, other := e.roles[c.Subject]
	e.mu.RUnlock()
	switch {
	case over:
		return "", errEnded
	case other && r.version > c.Version: // the token was not signed knowing it
		return r.role, nil
	}
	return c.Role, nil
}

// until is when the entry about a login goes, zero if there is none.
func (e *ended) until(login string) time.Time {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.logins[login]
}

// full says whether there is no room for more entries. What others have revoked is taken all the same: to drop it would
// be to honour it.
func (e *ended) full(more int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	if len(e.queue)+more > e.max {
		return errFull
	}
	return nil
}

// end adds a login, or keeps it for longer.
func (e *ended) end(login string, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	if !e.logins[login].Before(until) || !e.now().Before(until) {
		return
	}
	e.logins[login] = until
	e.queue = append(e.queue, due{at: until, login: login})
}

// setRole adds a user's role, unless that of a later version is there.
func (e *ended) setRole(id string, c changed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	if was, ok := e.roles[id]; ok && was.version >= c.version || !e.now().Before(c.until) {
		return
	}
	e.roles[id] = c
	e.queue = append(e.queue, due{at: c.until, user: id})
}

// expire removes what is due.
func (e *ended) expire() {
	now, n := e.now(), 0
	for ; n < len(e.queue) && !now.Before(e.queue[n].at); n++ {
		d := e.queue[n]
		// An entry that was told again goes later.
		switch {
		case d.login != "" && !now.Before(e.logins[d.login]):
			delete(e.logins, d.login)
		case d.user != "" && !now.Before(e.roles[d.user].until):
			delete(e.roles, d.user)
		}
		e.queue[n] = due{}
	}
	if e.queue = e.queue[n:]; len(e.queue) == 0 {
		e.queue = nil
	}
}

// len is how many entries are held.
func (e *ended) len() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	return len(e.logins) + len(e.roles)
}
