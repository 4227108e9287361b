package token

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/rueidis"
	"golang.org/x/sync/singleflight"

	"authlab/servers/api"
	"authlab/servers/user"
)

// denylist is a list of revocations in a Redis. Every request asks it for the login and the user, in one round trip.
//
// It asks by GETEX, which changes nothing here. A read-only Redis, such as one that was replaced, refuses that, where
// it would answer a GET with what it knew then. A key of another type is an error, where MGET returns nothing.
//
// "At once" holds as long as Redis keeps its data. A Redis that restarts empty, or took over and knows less, is reached
// over a new connection. Before an answer over one counts, Redis says which process it is and what it dropped. If it
// may have lost revocations, tokens are refused until those of the accounts database are written again. So are those
// of requests that were on their way meanwhile. A Redis that evicts keys or is flushed ends no connection. It is asked
// once a second: until then the tokens of ended logins work again.
type denylist struct {
	list
	log *slog.Logger
	// whole says that Redis has all revocations. It is false from when Redis may have dropped some until they are written
	// again.
	whole atomic.Bool
	// looked is how many connections had been opened when Redis last said which one it is.
	looked  atomic.Uint64
	looks   singleflight.Group
	judging sync.Mutex    // guards seen, and whether a restoration counts
	losses  atomic.Int64  // how often Redis may have lost something
	wake    chan struct{} // tells watch of a loss

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// Keys are prefixed, because other programs may share the Redis. The digit is the version of the values.
const (
	endedPrefix = "authlab:e1:" // + sid: the login was ended
	rolePrefix  = "authlab:r1:" // + user: version:role
)

var _ revocations = (*denylist)(nil)

func (d *denylist) role(ctx context.Context, c *claims) (user.Role, error) {
	if err := d.timely(c); err != nil {
		return "", err
	}
	losses := d.losses.Load() // before trusted
	if err := d.trusted(); err != nil {
		return "", err
	}
	wait := api.AskStore(ctx)
	found := d.redis.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
		return []rueidis.Completed{
			b.Getex().Key(endedPrefix + c.Family).Build(), b.Getex().Key(rolePrefix + c.Subject).Build(),
		}
	})
	wait.Answered()
	if err := found[0].Error(); err == nil {
		return "", errEnded
	} else if !rueidis.IsRedisNil(err) {
		return "", outage(err)
	}
	if opened := d.redis.Opened(); d.looked.Load() < opened {
		if err := d.look(ctx, opened); err != nil {
			return "", err
		}
	}
	if d.losses.Load() != losses { // the answer may be of the time in between, whatever is written by now
		return "", errPartial
	}
	now, err := found[1].ToString()
	if rueidis.IsRedisNil(err) {
		return c.Role, nil
	}
	if err != nil {
		return "", outage(err)
	}
	version, role, err := parseRole(now)
	if err == nil && version <= c.Version { // the token was signed with it
		return c.Role, nil
	}
	return role, err
}

var errEnded = fmt.Errorf("%w: the login was ended", api.ErrUnauthenticated)

func outage(err error) error { return fmt.Errorf("%w: revocations: %w", api.ErrUnavailable, err) }

// formatRole and parseRole write a user's role with the version of the account that has it.
func formatRole(u user.User) string { return strconv.FormatInt(u.Version, 10) + ":" + string(u.Role) }

func parseRole(text string) (version int64, role user.Role, err error) {
	digits, name, _ := strings.Cut(text, ":")
	version, err = strconv.ParseInt(digits, 10, 64)
	if role = user.Role(name); err != nil || role != user.RoleUser && role != user.RoleAdmin {
		return 0, "", outage(fmt.Errorf("%.40q is not a role", text)) // an unreadable entry may have been a revocation
	}
	return version, role, nil
}

// endBatch is how many logins are ended in one round trip.
const endBatch = 500

// KEYS logins; ARGV ms of each. A login that was ended before keeps its time to live, if that is longer.
var endScript = rueidis.NewLuaScript(`
for i, key in ipairs(KEYS) do
  local left = -2
  if redis.call('TYPE', key).ok == 'string' then
    left = redis.call('PTTL', key)
  end
  if left ~= -1 and left < tonumber(ARGV[i]) then
    redis.call('SET', key, '1', 'PX', ARGV[i])
  end
end
return 1`)

func (d *denylist) end(ctx context.Context, logins ...login) error {
	for batch := range slices.Chunk(logins, endBatch) {
		keys, lives := make([]string, len(batch)), make([]string, len(batch))
		for i, l := range batch {
			keys[i], lives[i] = endedPrefix+l.id, milliseconds(d.left(l.reach))
		}
		if err := d.redis.Run(ctx, endScript, keys, lives).Error(); err != nil {
			return outage(err)
		}
	}
	return nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// KEYS users; ARGV version, version:role and ms of each. Two simultaneous changes may arrive out of order: the later
// version stays, for the longer of the two times. A value that is not a role is ignored.
var roleScript = rueidis.NewLuaScript(`
for i, key in ipairs(KEYS) do
  local version, said, life = tonumber(ARGV[3*i-2]), ARGV[3*i-1], tonumber(ARGV[3*i])
  if redis.call('TYPE', key).ok == 'string' then
    local now, left = redis.call('GET', key), redis.call('PTTL', key)
    local other = tonumber(string.match(now, '^(%d+):user$') or string.match(now, '^(%d+):admin$'))
    if other and other >= version then
      said = now
    end
    if left == -1 or left > life then
      life = left
    end
  end
  if life == -1 then
    redis.call('SET', key, said)
  else
    redis.call('SET', key, said, 'PX', string.format('%.0f', life))
  end
end
return 1`)

func (d *denylist) setRole(ctx context.Context, u user.User, reach time.Time) error {
	return d.setRoles(ctx, tenure{u, reach})
}

func (d *denylist) setRoles(ctx context.Context, all ...tenure) error {
	for batch := range slices.Chunk(all, endBatch) {
		keys, args := make([]string, len(batch)), make([]string, 0, 3*len(batch))
		for i, t := range batch {
			keys[i] = rolePrefix + t.user.ID
			version := strconv.FormatInt(t.user.Version, 10)
			args = append(args, version, formatRole(t.user), milliseconds(d.left(t.reach)))
		}
		if err := d.redis.Run(ctx, roleScript, keys, args).Error(); err != nil {
			return outage(err)
		}
	}
	return nil
}

func (d *denylist) within() time.Duration { return 0 }

func (d *denylist) ready(ctx context.Context) error {
	if err := d.trusted(); err != nil {
		return err
	}
	if err := d.redis.Ready(ctx); err != nil {
		return outage(err)
	}
	return nil
}

func (d *denylist) metrics() []prometheus.Collector { return nil }

func (d *denylist) close() {
	d.stop()
	d.redis.Close()
	d.stopped.Wait()
}
