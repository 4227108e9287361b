package redis

import (
	"testing"

	"authlab/servers/session/store/storetest"
)

// policies lists all policies of Redis, and whether each drops keys. A policy for volatile keys drops ours: all expire.
var policies = map[string]bool{
	"noeviction": false, "allkeys-lru": true, "allkeys-lfu": true, "allkeys-random": true,
	"volatile-lru": true, "volatile-lfu": true, "volatile-random": true, "volatile-ttl": true,
}

func asked(t *testing.T, c *Client) Eviction {
	t.Helper()
	e, err := c.AskEviction(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if last := c.Eviction(); last != e {
		t.Errorf("it says %+v and keeps %+v", e, last)
	}
	return e
}

// TestEvictionPolicies asks a Redis with each policy, with and without a limit, from the start and after a change.
func TestEvictionPolicies(t *testing.T) {
	s := storetest.Redis(t, "hunter2")
	for policy, drops := range policies {
		s.Configure("maxmemory-policy", policy)
		s.Configure("maxmemory", "0")
		c := opened(t, s)
		if e := c.Eviction(); e.May() || e.Policy != policy {
			t.Errorf("%s without a limit: %+v", policy, e)
		}
		s.Configure("maxmemory", "64mb")
		if e := asked(t, c); e.May() != drops || e.Policy != policy {
			t.Errorf("%s with a limit: %+v", policy, e)
		}
		before := c.Eviction()
		s.Configure("maxmemory-policy", "noeviction")
		if e := asked(t, c); e.May() || e.Lost(before) != drops || e.Lost(e) {
			t.Errorf("noeviction after %s: %+v", policy, e)
		}
	}
}

// TestAMendedPolicyIsNoticedSoon: a Redis that may drop keys is asked each time whether it still may.
func TestAMendedPolicyIsNoticedSoon(t *testing.T) {
	s := storetest.Redis(t, "")
	c := opened(t, s)
	s.Configure("maxmemory", "64mb")
	s.Configure("maxmemory-policy", "allkeys-lru")
	if !asked(t, c).May() {
		t.Fatal("it may drop keys")
	}
	s.Configure("maxmemory-policy", noEviction)
	c.look(t.Context())
	if e := c.Eviction(); e.May() {
		t.Errorf("after it was mended: %+v", e)
	}
}

// TestKeysThatWereLost: between two answers keys were dropped, whatever the policy is now, or another Redis answers.
func TestKeysThatWereLost(t *testing.T) {
	s := storetest.Redis(t, "")
	c := opened(t, s)
	before := asked(t, c)
	s.Configure("maxmemory-policy", "allkeys-lru")
	s.Evict()
	s.Configure("maxmemory-policy", "noeviction")
	after := asked(t, c)
	if after.May() || !after.Lost(before) || before.Evicted != "0" {
		t.Errorf("keys were dropped between %+v and %+v", before, after)
	}
	s.Stop()
	s.Start()
	if now := opened(t, s).Eviction(); !now.Lost(after) || !now.Lost(before) {
		t.Errorf("a restart is not seen: %+v after %+v", now, after)
	}
}

// TestEvictionUnknown: a user without the right to ask gets the answer that promises least, and still connects.
func TestEvictionUnknown(t *testing.T) {
	s := storetest.Redis(t, "hunter2")
	s.Command("ACL", "SETUSER", "guest", "on", ">guest", "~*", "+@all", "-info")
	c, err := Open(Options{Address: s.Addr, Username: "guest", Password: "guest"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if e := c.Eviction(); !e.May() || e.Lost(e) || e.Policy != "" {
		t.Errorf("%+v", e)
	}
	s.Command("ACL", "SETUSER", "guest", "+info")
	if e := asked(t, c); e.May() || e.Policy != noEviction {
		t.Errorf("now that it may ask: %+v", e)
	}
}

// TestEmbeddedStoreEvictsNothing: it has no INFO memory.
func TestEmbeddedStoreEvictsNothing(t *testing.T) {
	c, err := Open(Options{Address: storetest.Mini(t).Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if e := c.Eviction(); e.May() || e.Policy != noEviction {
		t.Errorf("%+v", e)
	}
}

// TestEvictionInAnOutage: a Redis that does not answer says nothing new.
func TestEvictionInAnOutage(t *testing.T) {
	s := storetest.Redis(t, "")
	c := opened(t, s)
	s.Stop()
	if _, err := c.AskEviction(t.Context()); err == nil {
		t.Error("a Redis that is away told its policy")
	}
	if e := c.Eviction(); e.May() {
		t.Errorf("after an outage: %+v", e)
	}
}
