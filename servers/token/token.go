// Package token gives users a signed token: short-lived access tokens (JWT) that any replica verifies without asking a
// store, and refresh tokens, stored as families in the accounts database, that renew them.
//
// Consequently an access token cannot be taken back. Logout, a new password, another role and a ban reach the refresh
// family at once, but access tokens only when they expire. With --revocation, a list records what was ended, and every
// request is looked up there. EffectiveWithin says when a change holds at the latest.
//
// The accounts database's clock dates families and tokens, and Redis's the list of revocations, so that replicas whose
// clocks disagree decide alike. A replica's own clock says whether an access token is in time, give or take the leeway.
// A replica that is further ahead refuses tokens too early. One that is further behind accepts them for that much
// longer after they have expired; with a list, not beyond their end by Redis's clock. /readyz reports both.
//
// Every request pays for a verification, so it does nothing twice: keys are prepared once (macs.go), and the header of
// an own token is recognized (verifier.keyOf). Tried and dropped, because each saves less than 1 % of a request: a
// validation of our own instead of golang-jwt's, which takes 103 ns and three small allocations, and base64 decoding
// into a buffer of known size that is checked once at the end, which was no faster. Reading the claims takes 400 ns,
// the HMAC as much; skipping both is what --verified-cache does.
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
	verifier *verifier
	carrier  carrier
	families *families
	revoked  revocations
	accounts *user.Accounts
	ttl      time.Duration // of access tokens
	drift    drift
	log      *slog.Logger
	turns    *prometheus.CounterVec

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

var (
	_ api.Authenticator = (*Authenticator)(nil)
	_ api.DeviceLister  = (*Authenticator)(nil)
	_ api.Challenger    = (*Authenticator)(nil)
)

// Authenticate implements api.Authenticator. It needs the keys and the revocations.
func (a *Authenticator) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	raw, err := a.carrier.access(r)
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
	p := c.principal()
	p.Role, err = a.revoked.role(r.Context(), c)
	if err != nil {
		return api.Principal{}, err
	}
	return p, nil
}

// Challenge implements api.Challenger.
func (a *Authenticator) Challenge(r *http.Request) string { return a.carrier.challenge(r) }

// Login implements api.Authenticator. The account is read again once the family exists: a change of the account in
// between (disabled, new password) found no family to end, so this one must not live.
func (a *Authenticator) Login(w http.ResponseWriter, r *http.Request, u user.User) (api.Grant, error) {
	ctx := r.Context()
	old, err := a.presented(r)
	if err != nil {
		return api.Grant{}, err
	}
	if err := a.revocable(ctx); err != nil {
		return api.Grant{}, err
	}
	born, t, err := a.families.begin(ctx, u.ID, api.Agent(r))
	if err != nil {
		return api.Grant{}, unavailable(err)
	}
	now, err := a.accounts.ByID(ctx, u.ID)
	if err != nil || now.Version != u.Version || now.Disabled {
		if err == nil || errors.Is(err, user.ErrNotFound) {
			err = fmt.Errorf("%w: the account changed during the login", api.ErrUnauthenticated)
		}
		return api.Grant{}, unavailable(errors.Join(err, a.abandon(ctx, born.id)))
	}
	if old != "" {
		if err := a.end(ctx, old); err != nil {
			return api.Grant{}, err
		}
	}
	return a.grant(w, now, born, t)
}

// grant makes the tokens of a login, and hands them out. Their dates use the accounts database's clock, as the term
// does, so that a replica whose clock is wrong signs no token that the others refuse, or accept for too long. No access
// token outlives its family, nor the family's reach: the family's row is how it can be ended.
func (a *Authenticator) grant(w http.ResponseWriter, u user.User, f family, t term) (api.Grant, error) {
	left := t.expires.Sub(t.now)
	ttl := min(a.ttl, left)
	if !t.reach.IsZero() {
		ttl = min(ttl, t.reach.Sub(t.now))
	}
	access, err := a.carrier.sign(a.verifier, a.verifier.about(u, f.id, t.now, t.now.Add(ttl)), f)
	if err != nil {
		return api.Grant{}, fmt.Errorf("signing a token: %w", err)
	}
	g := api.Grant{
		Principal:    api.Principal{ID: u.ID, Name: u.Name, Role: u.Role, Device: f.id},
		AccessToken:  access,
		RefreshToken: f.encode(a.verifier.keys),
		ExpiresIn:    ttl,
	}
	a.carrier.hand(w, &g, left)
	return g, nil
}

// revocable returns an error if a token that is handed out now could not be revoked.
func (a *Authenticator) revocable(ctx context.Context) error {
	if err := a.revoked.ready(ctx); err != nil {
		return err
	}
	if a.revoked.full() {
		return errNoRoom
	}
	return nil
}

var errNoRoom = api.Unavailable("Redis is full, so it could not take a logout: no token is handed out")

// Refresh implements api.Authenticator. The credential is the refresh token in the body, or the cookie. The account is
// read again: the new access token has the present role, and a disabled account gets none.
func (a *Authenticator) Refresh(w http.ResponseWriter, r *http.Request) (api.Grant, error) {
	ctx := r.Context()
	f, ok, err := a.carrier.renewal(r, a.verifier)
	if err != nil {
		return api.Grant{}, err
	}
	if !ok {
		return api.Grant{}, fmt.Errorf("%w: not a refresh token of this server", api.ErrUnauthenticated)
	}
	if err := a.revocable(ctx); err != nil {
		return api.Grant{}, err
	}
	t, err := a.families.advance(ctx, f)
	if err != nil {
		return api.Grant{}, unavailable(err)
	}
	a.turns.WithLabelValues(string(t.outcome)).Inc()
	switch t.outcome {
	case reused:
		a.log.Warn("a refresh token was used twice: its family is ended", "user", t.account, "family", f.id)
		if err := a.end(ctx, f.id); err != nil {
			return api.Grant{}, err
		}
		fallthrough
	case refused:
		return api.Grant{}, fmt.Errorf("%w: refresh token %s", api.ErrUnauthenticated, t.outcome)
	}
	u, err := a.accounts.ByID(ctx, t.account)
	if errors.Is(err, user.ErrNotFound) || err == nil && u.Disabled {
		err = fmt.Errorf("%w: the account no longer exists", api.ErrUnauthenticated)
		return api.Grant{}, unavailable(errors.Join(err, a.abandon(ctx, f.id)))
	}
	if err != nil {
		return api.Grant{}, unavailable(err)
	}
	return a.grant(w, u, t.next, t.term)
}

// Logout implements api.Authenticator. It ends the families of the request's credentials. The access token may have
// expired: a user who comes back after lunch wants to log out too, and an old token can do no more than end its own
// login. The refresh token may be of any generation.
func (a *Authenticator) Logout(w http.ResponseWriter, r *http.Request) error {
	one, err := a.presented(r)
	if err != nil {
		return err
	}
	others, err := a.carrier.ends(r, a.verifier)
	if err != nil {
		return err
	}
	if one != "" {
		if err := a.end(r.Context(), one); err != nil {
			return err
		}
	}
	for _, f := range others {
		if f.id == one {
			continue
		}
		if err := a.end(r.Context(), f.id); err != nil {
			return err
		}
	}
	a.carrier.clear(w)
	return nil
}

// presented returns the family of the access token that r carries, or "".
func (a *Authenticator) presented(r *http.Request) (string, error) {
	raw, err := a.carrier.access(r)
	if err != nil || raw == "" {
		return "", err
	}
	c, err := a.verifier.verifyExpired(raw)
	if err != nil {
		return "", nil // not ours: nothing to end
	}
	return c.Family, nil
}

// EffectiveWithin implements api.Authenticator: the last moment at which an issued access token can be accepted.
func (a *Authenticator) EffectiveWithin() time.Duration { return a.revoked.within() }

// Devices implements api.DeviceLister. LastSeen is the last refresh: other requests leave no trace.
func (a *Authenticator) Devices(ctx context.Context, userID string) ([]api.Device, error) {
	devices, err := a.families.devices(ctx, userID)
	return devices, unavailable(err)
}

// Ready implements api.Authenticator. Verifying depends on the revocations alone. If a replica called itself unready
// while the accounts database is down, no user's token would work, although only logins and refreshes have to wait.
func (a *Authenticator) Ready(ctx context.Context) error { return a.revoked.ready(ctx) }

// Weakened implements api.Weakener.
func (a *Authenticator) Weakened() string {
	if what := a.revoked.weakened(); what != "" {
		return what
	}
	if what := apart(time.Duration(a.drift.off.Load()), a.verifier.leeway, "the accounts database"); what != "" {
		return what
	}
	if now := a.revoked.now(); !now.IsZero() {
		return apart(a.verifier.now().Sub(now), a.verifier.leeway, "Redis")
	}
	return ""
}

// Close implements api.Authenticator.
func (a *Authenticator) Close() error {
	a.stop()
	a.stopped.Wait()
	a.revoked.close()
	return nil
}

// unavailable turns an outage of the accounts database into ours, and leaves other errors alone.
func unavailable(err error) error {
	if errors.Is(err, user.ErrUnavailable) {
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return err
}
