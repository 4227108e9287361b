package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"authlab/servers/user"
)

// Memory stores sessions in this process. Another replica does not know them, and a restart forgets them. It refuses
// new logins with ErrFull when it is full: if it dropped others' sessions, one account could log all other users out.
type Memory struct {
	life Lifetimes
	max  int
	now  func() time.Time

	mu       sync.RWMutex
	sessions map[Key]*entry
	users    map[string][]*entry // in any order; an entry knows its place
	swept    time.Time           // when the last full sweep was made
	traces   traces

	stop chan struct{}
	done chan struct{}
}

// entry is a stored session. Its key, record and place change under Memory.mu held for writing; readers write only
// idleEnd.
type entry struct {
	key     Key
	rec     Record
	place   int          // in Memory.users
	idleEnd atomic.Int64 // Unix nanoseconds
}

var _ Backend = (*Memory)(nil)

// How expiry is spread: every sweepEvery the background examines up to sweepBatch sessions, which map iteration picks
// at random. No sweep holds the lock for longer than that takes (tens of microseconds).
const (
	sweepEvery = 100 * time.Millisecond
	sweepBatch = 500
)

// NewMemory makes a backend for at most max sessions. Close stops its expiry.
func NewMemory(life Lifetimes, max int, now func() time.Time) *Memory {
	m := &Memory{
		life: life, max: max, now: now,
		sessions: map[Key]*entry{}, users: map[string][]*entry{}, traces: traces{of: map[Key]hop{}},
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	go m.expire()
	return m
}

func (m *Memory) expire() {
	defer close(m.done)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-tick.C:
			m.mu.Lock()
			m.sweep(sweepBatch)
			m.traces.forget(m.now())
			m.mu.Unlock()
		}
	}
}

// sweep examines up to n sessions and drops the expired ones. The caller holds mu.
func (m *Memory) sweep(n int) {
	now := m.now()
	for _, e := range m.sessions {
		if n--; n < 0 {
			return
		}
		if !e.alive(now) {
			m.drop(e)
		}
	}
}

func (e *entry) alive(now time.Time) bool {
	return now.UnixNano() < e.idleEnd.Load() && !e.rec.over(now)
}

func (e *entry) slide(now time.Time, idle time.Duration) { e.idleEnd.Store(now.Add(idle).UnixNano()) }

// drop forgets e. The caller holds mu.
func (m *Memory) drop(e *entry) {
	delete(m.sessions, e.key)
	all := m.users[e.rec.User]
	last := len(all) - 1
	all[e.place], all[last].place = all[last], e.place // the last takes its place: the user may have any number
	all[last] = nil
	if m.users[e.rec.User] = all[:last]; last == 0 {
		delete(m.users, e.rec.User)
	}
}

// Create implements Backend. ErrFull when there is no room.
func (m *Memory) Create(_ context.Context, key Key, rec Record) (Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.sessions) >= m.max && now.Sub(m.swept) >= time.Second {
		m.swept = now
		m.sweep(len(m.sessions))
	}
	if len(m.sessions) >= m.max {
		return rec, ErrFull
	}
	if m.sessions[key] != nil {
		return rec, errKeyTaken
	}
	rec.begin(now, m.life.Absolute)
	e := &entry{key: key, rec: rec, place: len(m.users[rec.User])}
	e.slide(now, m.life.Idle)
	m.sessions[key] = e
	m.users[rec.User] = append(m.users[rec.User], e)
	return rec, nil
}

// Touch implements Backend.
func (m *Memory) Touch(_ context.Context, key Key) (Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	now := m.now()
	e := m.sessions[key]
	if e == nil || !e.alive(now) {
		return Record{}, ErrNotFound
	}
	e.slide(now, m.life.Idle)
	return e.rec, nil
}

// live returns the live session under key, or nil. The caller holds mu.
func (m *Memory) live(key Key) *entry {
	if e := m.sessions[key]; e != nil && e.alive(m.now()) {
		return e
	}
	return nil
}

// Update implements Backend.
func (m *Memory) Update(_ context.Context, key Key, rec Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.live(key)
	if e == nil {
		return ErrNotFound
	}
	rec.User, rec.Device, rec.Role, rec.Version = e.rec.User, e.rec.Device, e.rec.Role, e.rec.Version
	e.rec = rec
	return nil
}

// Move implements Backend.
func (m *Memory) Move(_ context.Context, from, to Key, _ Record, v Veil) (left time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.live(from)
	if e == nil {
		return 0, ErrNotFound
	}
	if m.sessions[to] != nil {
		return 0, errKeyTaken
	}
	delete(m.sessions, from)
	e.key = to
	m.sessions[to] = e
	now := m.now()
	e.slide(now, m.life.Idle)
	m.traces.leave(from, hop{e, to, v}, now, m.max)
	return e.rec.left(now), nil
}

// Moved implements Backend.
func (m *Memory) Moved(_ context.Context, from Key) (Moved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	h := m.traces.follow(from, now)
	if h.session == nil || m.live(h.to) != h.session {
		return Moved{}, ErrNotFound
	}
	return Moved{h.session.rec, h.veil, h.session.rec.left(now)}, nil
}

// End implements Backend.
func (m *Memory) End(_ context.Context, key Key, rec Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	ended := m.endThat(m.sessions[key], now)
	ended = m.endThat(m.traces.follow(key, now).session, now) || ended
	if !ended && rec.Device != "" {
		for _, e := range m.users[rec.User] {
			if e.rec.Device == rec.Device {
				ended = m.endThat(e, now)
				break // what follows has moved to its place
			}
		}
	}
	if !ended {
		return ErrNotFound
	}
	return nil
}

// endThat drops a session, if it is still stored, and reports whether it was alive. The caller holds mu.
func (m *Memory) endThat(e *entry, now time.Time) bool {
	if e == nil || m.sessions[e.key] != e {
		return false
	}
	m.drop(e)
	return e.alive(now)
}

// Devices implements Backend.
func (m *Memory) Devices(_ context.Context, userID string) ([]Login, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	now := m.now()
	var logins []Login
	for _, e := range m.users[userID] {
		if e.alive(now) {
			seen := time.Unix(0, e.idleEnd.Load()).Add(-m.life.Idle)
			logins = append(logins, Login{Record: e.rec, LastSeen: seen})
		}
	}
	return logins, nil
}

// EndDevice implements Backend.
func (m *Memory) EndDevice(_ context.Context, userID, device string) error {
	if m.end(userID, func(e *entry) bool { return e.rec.Device == device }) == 0 {
		return ErrNotFound
	}
	return nil
}

// EndUser implements Backend.
func (m *Memory) EndUser(_ context.Context, userID, keep string) error {
	m.end(userID, func(e *entry) bool { return keep == "" || e.rec.Device != keep })
	return nil
}

// end drops the user's sessions that match and counts those that were alive.
func (m *Memory) end(userID string, match func(*entry) bool) (ended int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	all := m.users[userID]
	for i := len(all) - 1; i >= 0; i-- { // backwards: what replaces a dropped one has been examined
		e := all[i]
		if !match(e) {
			continue
		}
		m.drop(e)
		if e.alive(now) {
			ended++
		}
	}
	return ended
}

// SetRole implements Backend.
func (m *Memory) SetRole(_ context.Context, userID string, role user.Role, version int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.users[userID] {
		if e.rec.Version < version {
			e.rec.Role, e.rec.Version = role, version
		}
	}
	return nil
}

// Len is the number of sessions held, including expired ones until they are swept.
func (m *Memory) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.sessions)
}

// Ping implements Backend: memory always answers.
func (m *Memory) Ping(context.Context) error { return nil }

// Close stops the expiry.
func (m *Memory) Close() error {
	close(m.stop)
	<-m.done
	return nil
}
