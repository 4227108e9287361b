package token

import (
	"context"

	"github.com/redis/rueidis"

	"authlab/servers/redis"
)

// rehearseScript does each command of a denylist once, for a login and a user that there cannot be, and leaves nothing
// behind. KEYS login, user. SET comes first: a Redis that is full refuses the first write of a script only.
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

// rehearseStream does each command of the revocations that replicas follow, on a stream of its own, which nothing
// reads. KEYS stream, another key. It is one script, so that rehearsals of two replicas do not meet halfway, and goes
// on to its end whatever is refused, so that it leaves no stream behind. XADD comes first: a Redis that is full refuses
// the first write of a script only.
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

// rehearsePush is what a Redis must do for the revocations that replicas follow.
func rehearsePush(ctx context.Context, c *redis.Client) error {
	return redis.Rehearsed(c.Run(ctx, rehearseStream, []string{stream + ":probe", stream + ":other"}, nil))
}
