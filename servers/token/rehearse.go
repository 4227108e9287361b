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
	return c.Run(ctx, rehearseScript, []string{endedPrefix + "probe", rolePrefix + "probe"}, nil).Error()
}

// rehearsePush is what a Redis must do for the revocations that replicas follow: on a stream of its own, which nobody
// reads.
func rehearsePush(ctx context.Context, c *redis.Client) error {
	probe := stream + ":probe"
	b := c.B()
	err := c.Write(ctx, b.Del().Key(probe, stream+":other").Build(), b.Getex().Key(probe).Build(),
		b.Xread().Streams().Key(probe).Id("$").Build(),
		b.Xadd().Key(probe).Id("*").FieldValue().FieldValue("probe", "").Build(),
		b.Xrange().Key(probe).Start("-").End("+").Build(), b.Pexpire().Key(probe).Milliseconds(1000).Build(),
		b.Del().Key(probe).Build())
	if rueidis.IsRedisNil(err) {
		return nil
	}
	return err
}
