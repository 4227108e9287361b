package store

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/redis"
)

// cache stores sessions of a Redis that reports changes. Only existing sessions get in, so a client that sends random
// ids changes nothing. If it is full, a new session replaces any other.
//
// A session may change while its record is on the way here. So a note is made before the question, and the answer is
// cached only if the note is still there: a change removes it, as it removes what is cached.
type cache struct {
	max int

	mu      sync.RWMutex
	kept    map[Key]*remembered
	flights map[Key]*flight

	hits, misses, invalidations, flushes prometheus.Counter
}

var _ redis.Tracker = (*cache)(nil)

// remembered is a session as it was read. It is never changed.
type remembered struct {
	rec   Record
	until time.Time // from then on a use must prolong it in Redis
}

// flight is a question in progress. Its answer is there once landed is closed.
type flight struct {
	landed chan struct{}
	rec    Record
	err    error
}

func newCache(max int) *cache {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	return &cache{
		max: max, kept: map[Key]*remembered{}, flights: map[Key]*flight{},
		hits:   counter("authlab_near_hits_total", "Sessions that this replica had cached."),
		misses: counter("authlab_near_misses_total", "Sessions that it had to ask the store for, and unknown ids."),
		invalidations: counter("authlab_near_invalidations_total",
			"Sessions dropped because the store reported a change."),
		flushes: counter("authlab_near_flushes_total", "Times that all were dropped because changes may have gone "+
			"unheard."),
	}
}

// get finds a session that need not be prolonged yet.
func (c *cache) get(key Key, now time.Time) (rec Record, ok bool) {
	c.mu.RLock()
	r := c.kept[key]
	c.mu.RUnlock()
	if r == nil || !now.Before(r.until) {
		return rec, false
	}
	return r.rec, true
}

// join returns the flight for a key. The first caller must ask, and land it.
func (c *cache) join(key Key) (f *flight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f = c.flights[key]; f != nil {
		return f, false
	}
	f = &flight{landed: make(chan struct{})}
	c.flights[key] = f
	return f, true
}

// land gives an answer to all that wait for it, and caches it if nothing has changed since it was asked for.
func (c *cache) land(key Key, f *flight, rec Record, until time.Time, err error) {
	f.rec, f.err = rec, err
	close(f.landed)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] != f {
		return
	}
	delete(c.flights, key)
	if err != nil {
		return
	}
	if len(c.kept) >= c.max {
		for other := range c.kept { // which map iteration picks at random
			delete(c.kept, other)
			break
		}
	}
	c.kept[key] = &remembered{rec, until}
}

// Changed implements redis.Tracker.
func (c *cache) Changed(name string) {
	text, ok := strings.CutPrefix(name, sessionPrefix)
	var key Key
	if !ok || len(text) != idLength {
		return // a user's index, which is read too
	}
	if _, err := encoding.Decode(key[:], []byte(text)); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept[key] != nil || c.flights[key] != nil {
		c.invalidations.Inc()
	}
	delete(c.kept, key)
	delete(c.flights, key)
}

// Lost implements redis.Tracker.
func (c *cache) Lost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) == 0 && len(c.flights) == 0 {
		return
	}
	c.flushes.Inc()
	clear(c.kept)
	clear(c.flights)
}

func (c *cache) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.kept)
}
