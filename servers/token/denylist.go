package token

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/rueidis"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/user"
)

// denylist is the revocations in a Redis that every request asks, for the login and the user, in one round trip. GETEX
// changes nothing here, and a Redis that takes no writes, as a replica that may not know what was revoked, refuses it.
type denylist struct {
	redis *redis.Client
	keep  time.Duration // of an entry
}

// Keys are prefixed, for the Redis may not be ours alone. The digit is the version of what stands there.
const (
	endedPrefix = "authlab:e1:" // + sid: the login was ended
	rolePrefix  = "authlab:r1:" // + user: version:role
)

var _ revocations = (*denylist)(nil)

func (d *denylist) role(ctx context.Context, c *claims) (user.Role, error) {
	began := time.Now()
	found := d.redis.Reads(ctx, func(b rueidis.Builder) []rueidis.Completed {
		return []rueidis.Completed{
			b.Getex().Key(endedPrefix + c.Family).Build(), b.Getex().Key(rolePrefix + c.Subject).Build(),
		}
	})
	api.StoreTime(ctx, began)
	if err := found[0].Error(); err == nil {
		return "", errEnded
	} else if !rueidis.IsRedisNil(err) {
		return "", outage(err)
	}
	now, err := found[1].ToString()
	if rueidis.IsRedisNil(err) {
		return c.Role, nil
	}
	if err != nil {
		return "", outage(err)
	}
	version, role, err := parseRole(now)
	if err == nil && version <= c.Version { // the token was signed knowing it
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
		return 0, "", outage(fmt.Errorf("%.40q is no role", text)) // what cannot be read may have been a revocation
	}
	return version, role, nil
}

// endBatch is how many logins are ended in one round trip.
const endBatch = 500

func (d *denylist) end(ctx context.Context, families ...string) error {
	for len(families) > 0 {
		batch := families[:min(len(families), endBatch)]
		families = families[len(batch):]
		commands := make([]rueidis.Completed, len(batch))
		for i, family := range batch {
			commands[i] = d.redis.B().Set().Key(endedPrefix + family).Value("1").PxMilliseconds(d.keep.Milliseconds()).Build()
		}
		if err := d.redis.Write(ctx, commands...); err != nil {
			return outage(err)
		}
	}
	return nil
}

// KEYS user; ARGV version, version:role, ms. Two changes at once may arrive in the other order: the later version stays.
var roleScript = rueidis.NewLuaScript(`
local now = redis.call('GET', KEYS[1])
if not now or tonumber(string.match(now, '^%d+')) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`)

func (d *denylist) setRole(ctx context.Context, u user.User) error {
	args := []string{strconv.FormatInt(u.Version, 10), formatRole(u), strconv.FormatInt(d.keep.Milliseconds(), 10)}
	if err := d.redis.Run(ctx, roleScript, []string{rolePrefix + u.ID}, args).Error(); err != nil {
		return outage(err)
	}
	return nil
}

func (d *denylist) within() time.Duration { return 0 }

func (d *denylist) weakened() string { return short(d.redis) }

func (d *denylist) ready(ctx context.Context) error {
	if err := d.redis.Ready(ctx); err != nil {
		return outage(err)
	}
	return nil
}

func (d *denylist) metrics() []prometheus.Collector { return nil }

func (d *denylist) close() { d.redis.Close() }
