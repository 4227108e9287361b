// Package token remembers users by letting them carry a signed token: short-lived access tokens (JWT) that any replica
// verifies without asking anybody, and refresh tokens, kept as families in the accounts database, that renew them.
//
// What follows from it: an access token cannot be taken back. Logout, a new password, another role and a ban reach the
// refresh family at once and the access tokens when they expire; EffectiveWithin says when that is at the latest.
package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/api"
	"authlab/servers/user"
)

// publisher is an Authenticator whose keys have a public half.
type publisher struct {
	*Authenticator
	keys []byte
}

var _ api.KeyPublisher = publisher{}

// JWKS implements api.KeyPublisher.
func (p publisher) JWKS() []byte { return p.keys }

// Authenticator implements api.Authenticator, api.DeviceLister and api.Challenger.
type Authenticator struct {
	verifier  *verifier
	families  *families
	accounts  *user.Accounts
	ttl       time.Duration // of access tokens
	leeway    time.Duration
	log       *slog.Logger
	presented *prometheus.CounterVec

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

var (
	_ api.Authenticator = (*Authenticator)(nil)
	_ api.DeviceLister  = (*Authenticator)(nil)
	_ api.Challenger    = (*Authenticator)(nil)
)

// Authenticate implements api.Authenticator. It needs nothing but the keys.
func (a *Authenticator) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	raw, err := bearer(r)
	if err != nil {
		return api.Principal{}, err
	}
	if raw == "" {
		return api.Principal{}, api.ErrUnauthenticated
	}
	c, err := a.verifier.verify(raw)
	if err != nil {
		return api.Principal{}, err
	}
	return c.principal(), nil
}

// Challenge implements api.Challenger (RFC 6750 section 3): a request without a token is told no error.
func (a *Authenticator) Challenge(r *http.Request) string {
	if raw, err := bearer(r); err != nil || raw == "" {
		return `Bearer realm="authlab"`
	}
	return `Bearer realm="authlab", error="invalid_token"`
}

// Login implements api.Authenticator. The account is read again once the family is there: whoever disabled it or
// changed its password in between found no family to end, and then this one must not live.
func (a *Authenticator) Login(_ http.ResponseWriter, r *http.Request, u user.User) (api.Grant, error) {
	ctx := r.Context()
	old, err := a.bearerFamily(r)
	if err != nil {
		return api.Grant{}, err
	}
	born, end, err := a.families.begin(ctx, u.ID, r.UserAgent())
	if err != nil {
		return api.Grant{}, unavailable(err)
	}
	now, err := a.accounts.ByID(ctx, u.ID)
	if err != nil || now.Version != u.Version || now.Disabled {
		if err == nil || errors.Is(err, user.ErrNotFound) {
			err = fmt.Errorf("%w: the account changed during the login", api.ErrUnauthenticated)
		}
		return api.Grant{}, unavailable(errors.Join(err, a.families.end(ctx, born.id)))
	}
	if old != "" {
		if err := a.families.end(ctx, old); err != nil {
			return api.Grant{}, unavailable(err)
		}
	}
	return a.grant(now, born, end)
}

// grant makes the tokens of a login. No access token outlives its family's absolute lifetime.
func (a *Authenticator) grant(u user.User, f family, end time.Time) (api.Grant, error) {
	now := a.verifier.now()
	ttl := min(a.ttl, end.Sub(now))
	access, err := a.verifier.sign(u, f.id, now.Add(ttl))
	if err != nil {
		return api.Grant{}, fmt.Errorf("signing a token: %w", err)
	}
	return api.Grant{
		Principal:    api.Principal{ID: u.ID, Name: u.Name, Role: u.Role, Device: f.id},
		AccessToken:  access,
		RefreshToken: f.encode(a.verifier.keys),
		ExpiresIn:    ttl,
	}, nil
}

// Refresh implements api.Authenticator. The credential is the refresh token in the body alone. The account is read
// anew: the new access token has today's role, and a disabled account gets none.
func (a *Authenticator) Refresh(_ http.ResponseWriter, r *http.Request) (api.Grant, error) {
	ctx := r.Context()
	if _, err := bearer(r); err != nil {
		return api.Grant{}, err
	}
	token, err := refreshOf(r)
	if err != nil {
		return api.Grant{}, err
	}
	f, ok := parseRefresh(token, a.verifier.keys)
	if !ok {
		return api.Grant{}, fmt.Errorf("%w: no refresh token of this server", api.ErrUnauthenticated)
	}
	t, err := a.families.advance(ctx, f)
	if err != nil {
		return api.Grant{}, unavailable(err)
	}
	a.presented.WithLabelValues(string(t.outcome)).Inc()
	switch t.outcome {
	case reused:
		a.log.Warn("a refresh token was used twice: its family is ended", "user", t.account, "family", f.id)
		fallthrough
	case refused:
		return api.Grant{}, fmt.Errorf("%w: refresh token %s", api.ErrUnauthenticated, t.outcome)
	}
	u, err := a.accounts.ByID(ctx, t.account)
	if errors.Is(err, user.ErrNotFound) || err == nil && u.Disabled {
		err = fmt.Errorf("%w: the account is no more", api.ErrUnauthenticated)
		return api.Grant{}, unavailable(errors.Join(err, a.families.end(ctx, f.id)))
	}
	if err != nil {
		return api.Grant{}, unavailable(err)
	}
	return a.grant(u, t.next, t.end)
}

// Logout implements api.Authenticator. It ends the families that the request's credentials belong to: the access
// token's, even when that has expired (someone who comes back after lunch wants to log out too, and all that an old
// token can do is end its own login), and the refresh token's, of whatever generation.
func (a *Authenticator) Logout(_ http.ResponseWriter, r *http.Request) error {
	one, err := a.bearerFamily(r)
	if err != nil {
		return err
	}
	token, err := refreshOf(r)
	if err != nil {
		return err
	}
	if one != "" {
		if err := a.families.end(r.Context(), one); err != nil {
			return unavailable(err)
		}
	}
	if f, ok := parseRefresh(token, a.verifier.keys); ok && f.id != one {
		return unavailable(a.families.end(r.Context(), f.id))
	}
	return nil
}

// bearerFamily is the family of the access token that r carries, "" if it carries none of ours.
func (a *Authenticator) bearerFamily(r *http.Request) (string, error) {
	raw, err := bearer(r)
	if err != nil || raw == "" {
		return "", err
	}
	c, err := a.verifier.verifyExpired(raw)
	if err != nil {
		return "", nil // not ours: nothing to end
	}
	return c.Family, nil
}

// EndUser implements api.Authenticator: no access token is renewed any more.
func (a *Authenticator) EndUser(ctx context.Context, userID, keep string) error {
	return unavailable(a.families.endUser(ctx, userID, keep))
}

// SetRole implements api.Authenticator. There is nothing to do: the next refresh reads the role, and until then, at
// most EffectiveWithin, the access tokens that are out say the old one.
func (a *Authenticator) SetRole(context.Context, string, user.Role) error { return nil }

// EffectiveWithin implements api.Authenticator: the last moment at which an access token that is out can be accepted.
func (a *Authenticator) EffectiveWithin() time.Duration { return a.ttl + a.leeway }

// Devices implements api.DeviceLister. LastSeen is the last refresh: other requests leave no trace.
func (a *Authenticator) Devices(ctx context.Context, userID string) ([]api.Device, error) {
	devices, err := a.families.devices(ctx, userID)
	return devices, unavailable(err)
}

// EndDevice implements api.DeviceLister.
func (a *Authenticator) EndDevice(ctx context.Context, userID, device string) error {
	return unavailable(a.families.endDevice(ctx, userID, device))
}

// Ready implements api.Authenticator. Verifying depends on nothing; if a replica called itself unready while the
// accounts database is down, nobody's token would work where only logins and refreshes have to wait.
func (a *Authenticator) Ready(context.Context) error { return nil }

// Close implements api.Authenticator.
func (a *Authenticator) Close() error {
	a.stop()
	a.stopped.Wait()
	return nil
}

// unavailable makes an outage of the accounts database one of ours, and leaves other errors alone.
func unavailable(err error) error {
	if errors.Is(err, user.ErrUnavailable) {
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return err
}
