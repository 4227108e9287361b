package store

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"authlab/servers/redis"
)

// rehearseScript runs each command of a session's life once, for an impossible session and user: a key of a session is
// a hash. A command that the Redis user may not run fails here, and so does one that a replica or a cluster refuses. It
// leaves nothing behind. KEYS session, its next key, index, trace. SET comes first, as at a login: a full Redis refuses
// only a script's first write.
var rehearseScript = rueidis.NewLuaScript(`
redis.call('SET', KEYS[1], 'probe', 'PX', 1000, 'NX')
redis.call('TIME')
redis.call('GETEX', KEYS[1], 'PX', 1000)
redis.call('GET', KEYS[1])
redis.call('PTTL', KEYS[1])
redis.call('EXISTS', KEYS[1])
redis.call('PEXPIRE', KEYS[3], 1000)
redis.call('HLEN', KEYS[3])
redis.call('HGET', KEYS[3], 'probe')
redis.call('HRANDFIELD', KEYS[3], 2, 'WITHVALUES')
redis.call('HSCAN', KEYS[3], 0)
redis.call('SCAN', 0, 'COUNT', 1)
redis.call('HDEL', KEYS[3], 'probe')
redis.call('RENAMENX', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[3], 'probe', KEYS[2])
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
return 1`)

// Rehearse is what a Redis must do for sessions.
func Rehearse(ctx context.Context, c *redis.Client) error {
	keys := []string{sessionPrefix + "probe", sessionPrefix + "moved", userPrefix + "probe", tracePrefix + "probe"}
	return redis.Rehearsed(c.Run(ctx, rehearseScript, keys, nil))
}

// Ping implements Backend: it rehearses.
func (s *Redis) Ping(ctx context.Context) error {
	if err := s.client.Ready(ctx); err != nil {
		return fmt.Errorf("rehearse: %w", err)
	}
	return nil
}

// Weakened says what this Redis may lose, or refuses because it is full; it is empty if neither applies.
func (s *Redis) Weakened() string {
	switch e := s.client.Eviction(); {
	case e.May():
		return "Redis may drop sessions before they end (" + e.Why() + "): their users are logged out; " +
			"set maxmemory-policy noeviction"
	case s.client.Full():
		return "the Redis of the sessions is full: sessions continue, and new logins are answered 503"
	}
	return ""
}
