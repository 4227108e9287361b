package token

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/user"
)

// revocations know what must not be honoured although it is genuine and in time. The entries are logins, by the sid
// that all access tokens of a login carry: a logout means those that a refresh handed out before and after the one
// presented, which a denylist of token ids (jti) could not know: it refuses the one token that was presented, and
// whoever holds another of the same login goes on. A sid is 128 random bits under the signature, so no other spelling
// of a token escapes its entry. A changed role is an entry about a user: tokens go on with the role that it says, but
// for those that were signed knowing it, which say the role of that version of the account or a later one.
//
// An entry outlives every token that it may be about, and no longer.
type revocations interface {
	// role is what c's user may do now. The error is api.ErrUnauthenticated if c's login was ended, or wraps
	// api.ErrUnavailable where that cannot be known.
	role(ctx context.Context, c *claims) (user.Role, error)
	// end ends logins; it is idempotent.
	end(ctx context.Context, families ...string) error
	// setRole makes u.Role the role of u's tokens, unless a later version of u was told.
	setRole(ctx context.Context, u user.User) error
	// within is how long after end or setRole a token may still be honoured as before, somewhere.
	within() time.Duration
	// ready says whether end would work. Its error wraps api.ErrUnavailable.
	ready(ctx context.Context) error
	// weakened says what is not guaranteed now; empty when all is.
	weakened() string
	metrics() []prometheus.Collector
	close()
}

// expiry is what remains where nothing is revoked: tokens end when their time is over.
type expiry struct{ after time.Duration }

func (expiry) role(_ context.Context, c *claims) (user.Role, error) { return c.Role, nil }
func (expiry) end(context.Context, ...string) error                 { return nil }
func (expiry) setRole(context.Context, user.User) error             { return nil }
func (e expiry) within() time.Duration                              { return e.after }
func (expiry) ready(context.Context) error                          { return nil }
func (expiry) weakened() string                                     { return "" }
func (expiry) metrics() []prometheus.Collector                      { return nil }
func (expiry) close()                                               {}
