package token

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/user"
)

// revocations know what must not be accepted although it is genuine and in time. Entries are logins, by the sid that
// all access tokens of a login carry. So a logout covers tokens that a refresh handed out before and after the one
// presented. A denylist of token ids (jti) could not: it refuses only the presented token, and another token of the
// same login still works. A sid is 128 random bits under the signature, so no other spelling of a token escapes its
// entry. A changed role is an entry about a user: tokens get its role, except those signed with that version of the
// account or a later one.
//
// An entry outlives every token that it may apply to. Redis's clock ensures that for all replicas: by it an entry
// expires margin after the last such token. By it, too, no replica accepts a token beyond its exp and the leeway,
// however far behind the replica's own clock is.
type revocations interface {
	// role returns what c's user may do now. The error is api.ErrUnauthenticated if c's login was ended, or wraps
	// api.ErrUnavailable if that cannot be known.
	role(ctx context.Context, c *claims) (user.Role, error)
	// end ends logins; it is idempotent.
	end(ctx context.Context, logins ...login) error
	// setRole makes u.Role the role of u's tokens, which last up to reach, unless a later version of u was set.
	setRole(ctx context.Context, u user.User, reach time.Time) error
	// lists reports whether anything is revoked at all.
	lists() bool
	// within is how long after end or setRole some replica may still accept a token as before.
	within() time.Duration
	// ready reports whether end would work. Its error wraps api.ErrUnavailable.
	ready(ctx context.Context) error
	// full reports whether there is no room to end anything, as far as ready has seen.
	full() bool
	// weakened says what is not guaranteed now; empty if everything is.
	weakened() string
	// now is the time by the list's clock; zero if there is none.
	now() time.Time
	metrics() []prometheus.Collector
	close()
}

// expiry is the scheme without revocation: tokens end when they expire.
type expiry struct{ after time.Duration }

func (expiry) role(_ context.Context, c *claims) (user.Role, error) { return c.Role, nil }
func (expiry) end(context.Context, ...login) error                  { return nil }
func (expiry) setRole(context.Context, user.User, time.Time) error  { return nil }
func (expiry) lists() bool                                          { return false }
func (e expiry) within() time.Duration                              { return e.after }
func (expiry) ready(context.Context) error                          { return nil }
func (expiry) full() bool                                           { return false }
func (expiry) weakened() string                                     { return "" }
func (expiry) now() time.Time                                       { return time.Time{} }
func (expiry) metrics() []prometheus.Collector                      { return nil }
func (expiry) close()                                               {}

// margin is how long an entry stays after the last token that it may apply to: longer than any replica's leeway.
const margin = maxLeeway + keepSlack

// list is what the two lists have in common.
type list struct {
	redis    *redis.Client
	families *families
	access   time.Duration // the life of a token
	leeway   time.Duration
	seen     redis.Eviction // for the one goroutine that calls dropped
}

func (l *list) lists() bool { return true }

// keep is how long an entry made now lasts at least: as long as this replica's tokens.
func (l *list) keep() time.Duration { return l.access + margin }

// left is how long an entry about tokens up to reach lasts. Another replica may sign longer ones.
func (l *list) left(reach time.Time) time.Duration {
	return max(l.keep(), reach.Add(margin).Sub(l.redis.Now()))
}

var errPast = fmt.Errorf("%w: it has expired by the clock of Redis", api.ErrUnauthenticated)

// timely returns an error if an entry about c could be gone already.
func (l *list) timely(c *claims) error {
	if l.redis.Now().Before(time.Unix(c.Expires, 0).Add(l.leeway)) {
		return nil
	}
	return errPast
}

func (l *list) now() time.Time { return l.redis.Now() }

// A Redis that drops keys when it is full drops first what is read least: a revocation of an unused login, or a stream.
// A dropped entry looks like one that never existed, and its token works again.

// suitable returns an error if Redis is not fit to store revocations.
func (l *list) suitable() error {
	switch e := l.redis.Eviction(); {
	case e.Policy == "":
		return nil // weakened says so
	case e.May():
		return usage("--redis: this Redis may drop revocations when it is full (%s): "+
			"set maxmemory-policy noeviction there, or name another Redis", e.Why())
	}
	return nil
}

// evicting returns an error while Redis may drop what it is told.
func (l *list) evicting() error {
	e := l.redis.Eviction()
	if e.Policy == "" || !e.May() {
		return nil
	}
	return api.Unavailable("Redis may drop revocations when it is full (" + e.Why() + "): " +
		"set maxmemory-policy noeviction there")
}

// dropped reports whether Redis has dropped keys since the last call, was allowed to, or is another one.
func (l *list) dropped() bool {
	before := l.seen
	l.seen = l.redis.Eviction()
	return l.seen.Lost(before)
}

func (l *list) weakened() string {
	if e := l.redis.Eviction(); e.Policy == "" {
		return "revocations may be lost when Redis is full: " + e.Why()
	}
	if l.full() {
		return "the Redis of the revocations is full: tokens go on, and logins, renewals, logouts and changes of roles " +
			"are answered 503"
	}
	return ""
}

func (l *list) full() bool { return l.redis.Full() }
