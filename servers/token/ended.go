package token

import (
	"container/heap"
	"errors"
	"maps"
	"sync"
	"time"

	"authlab/servers/user"
)

// ended is a replica's copy of the revocations. It holds an entry until that can apply to no token, so it is as large
// as the revocations in a token's life, and never larger than max.
type ended struct {
	now func() time.Time // the earlier of Redis's clock and the own: an entry dropped too soon would not come back
	max int

	mu     sync.RWMutex
	logins map[string]time.Time // by sid: until when
	roles  map[string]changed   // by user
	queue  queue                // one note about each entry, the first in front
}

type changed struct {
	version int64
	role    user.Role
	until   time.Time
}

// due is a note to check an entry again.
type due struct {
	at          time.Time
	login, user string // one of them
}

// queue implements heap.Interface. Entries do not arrive in the order in which they expire: some are about longer
// tokens.
type queue []due

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(d any)        { *q = append(*q, d.(due)) }

func (q *queue) Pop() any {
	last := len(*q) - 1
	d := (*q)[last]
	(*q)[last] = due{}
	if *q = (*q)[:last]; last == 0 {
		*q = nil // free the memory of many revocations
	}
	return d
}

func newEnded(maximum int, now func() time.Time) *ended {
	return &ended{now: now, max: maximum, logins: map[string]time.Time{}, roles: map[string]changed{}}
}

var errFull = errors.New("the list of revocations is full: give --push-max more room")

// role returns what c's user may do now; errEnded if the login was ended.
func (e *ended) role(c *claims) (user.Role, error) {
	e.mu.RLock()
	_, over := e.logins[c.Family]
	r, other := e.roles[c.Subject]
	e.mu.RUnlock()
	switch {
	case over:
		return "", errEnded
	case other && r.version > c.Version: // the token was not signed with it
		return r.role, nil
	}
	return c.Role, nil
}

// until returns when the entry about a login expires, or zero.
func (e *ended) until(login string) time.Time {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.logins[login]
}

// full returns errFull if there is no room for entries; one about what is held already needs none. Others' revocations
// are accepted all the same: dropping one would honour its token.
func (e *ended) full(entries []entry) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	more := 0
	for _, n := range entries {
		if !e.holds(n) {
			more++
		}
	}
	if more > 0 && len(e.queue)+more > e.max {
		return errFull
	}
	return nil
}

// holds needs the lock.
func (e *ended) holds(n entry) bool {
	if n.kind == "end" {
		_, ok := e.logins[n.whom]
		return ok
	}
	_, ok := e.roles[n.whom]
	return ok
}

// end adds a login, or keeps it for longer.
func (e *ended) end(login string, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	if !e.logins[login].Before(until) || !e.now().Before(until) {
		return
	}
	if _, ok := e.logins[login]; !ok {
		heap.Push(&e.queue, due{at: until, login: login})
	}
	e.logins[login] = until
}

// setRole adds a user's role, unless a later version is there.
func (e *ended) setRole(id string, c changed) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	was, ok := e.roles[id]
	if ok && was.version >= c.version || !e.now().Before(c.until) {
		return
	}
	if !ok {
		heap.Push(&e.queue, due{at: c.until, user: id})
	}
	e.roles[id] = c
}

// expire removes what is due. An entry that was announced again meanwhile is noted for later.
func (e *ended) expire() {
	now := e.now()
	for len(e.queue) > 0 && !now.Before(e.queue[0].at) {
		d := heap.Pop(&e.queue).(due)
		if d.at = e.expires(d); now.Before(d.at) {
			heap.Push(&e.queue, d)
			continue
		}
		if d.login != "" {
			delete(e.logins, d.login)
		} else {
			delete(e.roles, d.user)
		}
	}
}

func (e *ended) expires(d due) time.Time {
	if d.login != "" {
		return e.logins[d.login]
	}
	return e.roles[d.user].until
}

// changes are the roles that are held.
func (e *ended) changes() map[string]changed {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return maps.Clone(e.roles)
}

// len is how many entries are held.
func (e *ended) len() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expire()
	return len(e.logins) + len(e.roles)
}
