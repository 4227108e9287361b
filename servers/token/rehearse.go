package token

import (
	"context"

	"github.com/redis/rueidis"

	"authlab/servers/redis"
)

// rehearseScript runs each command of a denylist once, for an impossible login and user, and leaves nothing behind.
// KEYS login, user. SET comes first: a full Redis refuses only a script's first write.
var rehearseScript = rueidis.NewLuaScript(`
redis.call('SET', KEYS[1], '0:probe', 'PX', 1000)
redis.call('SET', KEYS[2], '0:probe', 'PX', 1000)
redis.call('GETEX', KEYS[1])
redis.call('GET', KEYS[2])
redis.call('TYPE', KEYS[2])
redis.call('PTTL', KEYS[2])
redis.call('DEL', KEYS[1], KEYS[2])
return 1`)

// rehearseDenylist is what a Redis must do for a denylist.
func rehearseDenylist(ctx context.Context, c *redis.Client) error {
	return redis.Rehearsed(c.Run(ctx, rehearseScript, []string{endedPrefix + "probe", rolePrefix + "probe"}, nil))
}

// rehearseStream runs each command of the push revocations, on a stream of its own, which is never read. KEYS stream,
// another key. It is one script, so that two replicas' rehearsals do not interleave. It runs to its end whatever is
// refused, so that it leaves no stream behind. XADD comes first: a full Redis refuses only a script's first write.
var rehearseStream = rueidis.NewLuaScript(`
local refused
local function try(answer)
  if type(answer) == 'table' and answer.err then refused = refused or answer end
end
try(redis.pcall('XADD', KEYS[1], 'MINID', '~', '0-1', '*', 'probe', ''))
try(redis.pcall('PEXPIRE', KEYS[1], 1000))
try(redis.pcall('GETEX', KEYS[2]))
try(redis.pcall('XREAD', 'COUNT', 1, 'STREAMS', KEYS[1], '0-0'))
try(redis.pcall('XRANGE', KEYS[1], '-', '+'))
try(redis.pcall('DEL', KEYS[1], KEYS[2]))
return refused or 1`)

// rehearsePush is what a Redis must do for push revocations.
func rehearsePush(ctx context.Context, c *redis.Client) error {
	return redis.Rehearsed(c.Run(ctx, rehearseStream, []string{stream + ":probe", stream + ":other"}, nil))
}
