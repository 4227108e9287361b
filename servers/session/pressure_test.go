package session_test

import (
	"slices"
	"testing"
	"time"

	"authlab/scripts/longtest"
	"authlab/servers/api/apitest"
	"authlab/servers/session/store/storetest"
)

// TestUnderPressure has a full Redis, under each of its policies, and each way to store sessions there.
func TestUnderPressure(t *testing.T) {
	const lru = "allkeys-lru"
	for name, c := range map[string]struct {
		policy string
		args   []string
	}{
		"noeviction":      {"noeviction", nil},
		"allkeys-lru":     {lru, nil},
		"allkeys-lfu":     {"allkeys-lfu", nil},
		"allkeys-random":  {"allkeys-random", nil},
		"volatile-lru":    {"volatile-lru", nil},
		"volatile-lfu":    {"volatile-lfu", nil},
		"volatile-random": {"volatile-random", nil},
		"volatile-ttl":    {"volatile-ttl", nil},
		"gob":             {lru, []string{"--session-codec", "gob"}},
		"json":            {lru, []string{"--session-codec", "json"}},
		"throttled":       {lru, []string{"--session-throttle", "10ms"}},
		"near":            {lru, []string{"--store", "near", "--session-throttle", "10ms"}},
	} {
		t.Run(name, func(t *testing.T) {
			if !slices.Contains([]string{"noeviction", lru, "volatile-ttl", "near"}, name) {
				longtest.Only(t)
			}
			server := storetest.Redis(t, "hunter2")
			server.Configure("maxmemory-policy", c.policy)
			s := scheme("session-redis")
			s.Args = append(append(s.Args, "--store", "redis", "--redis", server.URL(), "--redis-timeout", "5s"), c.args...)
			if name == "near" {
				s.Name, s.Within, s.Pushed = "session-near", time.Second, true
			}
			s.Evict = func(use func()) { server.Evict(use) }
			apitest.Evicting(t, s)
		})
	}
}
