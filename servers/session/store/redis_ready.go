package store

import (
	"context"
	"fmt"

	"github.com/redis/rueidis"

	"authlab/servers/redis"
)

// rehearseScript does each command of a session's life once, for a session and a user that there cannot be: a key of a
// session is a hash. What a user of Redis may not do fails here, and with it what a replica or a cluster does not do.
// It leaves nothing behind. KEYS session, its next key, index, trace. SET comes first, as at a login: a Redis that is
// full refuses the first write of a script only.
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

// Weakened says what this Redis does not keep, or does not do because it is full; it is empty when it keeps and does
// all.
func (s *Redis) Weakened() string {
	switch e := s.client.Eviction(); {
	case e.May():
		return "Redis may drop sessions before they end (" + e.Why() + "): their users are logged out; " +
			"set maxmemory-policy noeviction"
	case s.client.Full():
		return "the Redis of the sessions is full: sessions go on, and new logins are answered 503"
	}
	return ""
}
