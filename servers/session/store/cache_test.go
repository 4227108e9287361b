package store

import (
	"errors"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// keep asks for a session and lands the answer, with an event in between.
func keep(c *cache, key Key, meanwhile func()) {
	f, _ := c.join(key)
	if meanwhile != nil {
		meanwhile()
	}
	c.land(key, f, Record{User: "u1"}, noon.Add(time.Minute), nil)
}

func TestCacheKeepsWhatWasRead(t *testing.T) {
	c, key := newCache(10), Key{1}
	keep(c, key, nil)
	if rec, ok := c.get(key, noon); !ok || rec.User != "u1" {
		t.Errorf("%v, %v", rec, ok)
	}
	if _, ok := c.get(key, noon.Add(time.Minute)); ok {
		t.Error("a session that must be prolonged was answered from the cache")
	}
	c.Changed(redisKey(key))
	if _, ok := c.get(key, noon); ok {
		t.Error("a session that changed is still there")
	}
}

// TestChangeOvertakesAnswer: what was read before a change is not cached after it, and no later caller waits for it.
func TestChangeOvertakesAnswer(t *testing.T) {
	for name, change := range map[string]func(*cache, Key){
		"changed": func(c *cache, key Key) { c.Changed(redisKey(key)) },
		"lost":    func(c *cache, _ Key) { c.Lost() },
	} {
		c, key := newCache(10), Key{1}
		keep(c, key, func() {
			change(c, key)
			later, first := c.join(key)
			if !first {
				t.Errorf("%s: a later caller waits for the answer from before", name)
			}
			defer c.land(key, later, Record{}, noon, errors.New("not asked"))
		})
		if _, ok := c.get(key, noon); ok || c.len() != 0 {
			t.Errorf("%s: the answer from before is cached", name)
		}
	}
}

func TestFlightIsShared(t *testing.T) {
	c, key := newCache(10), Key{1}
	f, _ := c.join(key)
	second, first := c.join(key)
	if first || second != f {
		t.Error("two ask at once for the same")
	}
	c.land(key, f, Record{User: "u1"}, noon, nil)
	<-second.landed
	if second.rec.User != "u1" || second.err != nil {
		t.Errorf("%v, %v", second.rec, second.err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := newCache(10)
	for i := range 255 {
		keep(c, Key{byte(i)}, nil)
		if _, ok := c.get(Key{byte(i)}, noon); !ok {
			t.Fatal("the latest has no room")
		}
		unknown := Key{byte(i), 1}
		f, _ := c.join(unknown)
		c.land(unknown, f, Record{}, noon, ErrNotFound)
	}
	if c.len() != 10 || len(c.flights) != 0 {
		t.Errorf("%d of 10, and %d under way", c.len(), len(c.flights))
	}
}

func TestChangesOfOthers(t *testing.T) {
	c := newCache(10)
	keep(c, Key{1}, nil)
	for _, name := range []string{
		"", sessionPrefix, userPrefix + "u1", redisKey(Key{2}), redisKey(Key{1})[:40],
		redisKey(Key{1}) + "A",
	} {
		c.Changed(name)
	}
	if c.len() != 1 {
		t.Error("a change of something else was taken for a change of the session")
	}
}
