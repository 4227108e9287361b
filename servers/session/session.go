// Package session is the session scheme: the client holds a random id in a cookie, the server holds everything else.
// gorilla/sessions does the sessions; package store keeps them. Sealed is the other way round: the client holds the
// whole session, sealed in the cookie, the servers hold the key, and nobody can end a copy before it expires.
//
// Where the server holds it, a change of a user (logout, ban, role) is in force with the next request, on every replica
// that shares the store; where replicas remember what the store said (store.Near), within a bound on the others.
package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"authlab/servers/api"
	"authlab/servers/session/store"
	"authlab/servers/user"
)

// Names of the cookie. The prefix makes browsers insist on Secure, Path=/ and no Domain, so that no sibling host and no
// plain-HTTP page can plant one.
const (
	plainCookie  = "authlab_session"
	secureCookie = "__Host-authlab_session"
)

// accounts is what a login needs of user.Accounts.
type accounts interface {
	ByID(ctx context.Context, id string) (user.User, error)
}

// Config is what an Authenticator is made of.
type Config struct {
	Backend  store.Backend
	Accounts accounts
	// Within is how long a change may go unheard on a replica that did not make it; 0 where every request asks the store.
	Within time.Duration
	store.Options
}

// Authenticator is api.Authenticator by sessions.
type Authenticator struct {
	backend  store.Backend
	sessions *store.Store
	accounts accounts
	cookie   string
	idle     time.Duration
	within   time.Duration
}

var (
	_ api.Authenticator = (*Authenticator)(nil)
	_ api.DeviceLister  = (*Authenticator)(nil)
	_ api.Weakener      = (*Authenticator)(nil)
)

// New makes an Authenticator, which owns the backend from then on.
func New(c Config) *Authenticator {
	a := &Authenticator{
		backend: c.Backend, sessions: store.New(c.Backend, c.Options), accounts: c.Accounts,
		cookie: plainCookie, idle: c.Idle, within: (c.Within + time.Second - 1).Truncate(time.Second),
	}
	if c.Secure {
		a.cookie = secureCookie
	}
	return a
}

// load returns the request's session, empty (IsNew) when it has none. It asks the store and not gorilla's registry,
// which would remember the session for the rest of the request at the price of copying the request: once is enough.
func (a *Authenticator) load(r *http.Request) (*sessions.Session, error) {
	if api.HasBearer(r) && len(r.CookiesNamed(a.cookie)) > 0 {
		return nil, fmt.Errorf("%w: a cookie and a bearer token", api.ErrAmbiguous)
	}
	began := time.Now()
	s, err := a.sessions.New(r, a.cookie)
	api.StoreTime(r.Context(), began)
	if err != nil {
		return nil, failure(err)
	}
	return s, nil
}

// failure says what a store's error means to the API: whatever is not known for certain is an outage.
func failure(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", api.ErrUnauthenticated, err)
	case errors.Is(err, store.ErrAmbiguous):
		return fmt.Errorf("%w: %w", api.ErrAmbiguous, err)
	}
	return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
}

// Authenticate implements api.Authenticator.
func (a *Authenticator) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	s, err := a.load(r)
	if err != nil {
		return api.Principal{}, err
	}
	rec, ok := store.RecordOf(s)
	if !ok {
		return api.Principal{}, api.ErrUnauthenticated
	}
	return principal(rec), nil
}

func principal(rec store.Record) api.Principal {
	return api.Principal{ID: rec.User, Name: rec.Name, Role: rec.Role, Device: rec.Device}
}

// Login implements api.Authenticator. The cookie is set last: until then nobody can use the new session, and whatever
// fails ends it.
func (a *Authenticator) Login(w http.ResponseWriter, r *http.Request, u user.User) (api.Grant, error) {
	presented, err := a.load(r)
	if err != nil {
		return api.Grant{}, err
	}
	s := a.sessions.Empty(a.cookie)
	rec := store.Record{
		User: u.ID, Name: u.Name, Role: u.Role, Version: u.Version, Device: store.NewDevice(), Agent: api.Agent(r),
	}
	store.SetRecord(s, rec)
	if err := a.sessions.Create(r.Context(), s); err != nil {
		return api.Grant{}, failure(err)
	}
	if err := a.confirm(r.Context(), u); err != nil {
		return api.Grant{}, errors.Join(err, a.abandon(r.Context(), s))
	}
	if err := a.sessions.End(r.Context(), presented); err != nil {
		return api.Grant{}, errors.Join(failure(err), a.abandon(r.Context(), s))
	}
	a.sessions.SetCookie(w, s)
	return api.Grant{Principal: principal(rec), ExpiresIn: a.idle}, nil
}

// confirm reads the account again, after the session exists. A ban (or a new password or role) first changes the
// account and then ends the user's sessions: either it finds the new session, or we find the change.
func (a *Authenticator) confirm(ctx context.Context, u user.User) error {
	now, err := a.accounts.ByID(ctx, u.ID)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return fmt.Errorf("%w: account is gone", api.ErrUnauthenticated)
	case err != nil:
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	case now.Disabled || now.Version != u.Version:
		return fmt.Errorf("%w: account changed during login", api.ErrUnauthenticated)
	}
	return nil
}

// abandon ends a session that was not handed out, also when the client has gone meanwhile. Its failure is told, but
// harms nobody: without a cookie the session idles away.
func (a *Authenticator) abandon(ctx context.Context, s *sessions.Session) error {
	return a.sessions.End(context.WithoutCancel(ctx), s)
}

// Refresh implements api.Authenticator: a new id for the same session. Of two tabs that renew at once the second has
// the id that the first has just replaced, and is given the new one too.
func (a *Authenticator) Refresh(w http.ResponseWriter, r *http.Request) (api.Grant, error) {
	s, err := a.load(r)
	if err != nil {
		return api.Grant{}, err
	}
	rec, ok := store.RecordOf(s)
	err = store.ErrNotFound
	if ok {
		err = a.sessions.Regenerate(r, w, s)
	}
	if errors.Is(err, store.ErrNotFound) {
		s, err = a.sessions.Rejoin(r, w, a.cookie)
		rec, _ = store.RecordOf(s)
	}
	if err != nil {
		return api.Grant{}, failure(err)
	}
	return api.Grant{Principal: principal(rec), ExpiresIn: a.idle}, nil
}

// Logout implements api.Authenticator, and clears the cookie. An id that a renewal has just replaced is as good here as
// the new one: it can end the login, and nothing else.
func (a *Authenticator) Logout(w http.ResponseWriter, r *http.Request) error {
	s, err := a.load(r)
	if err != nil {
		return err
	}
	if s.IsNew {
		if err := a.sessions.EndMoved(r, a.cookie); err != nil {
			return failure(err)
		}
	}
	s.Options.MaxAge = -1
	return failure(s.Save(r, w))
}

// EndUser implements api.Authenticator.
func (a *Authenticator) EndUser(ctx context.Context, userID, keep string) error {
	return failure(a.backend.EndUser(ctx, userID, keep))
}

// SetRole implements api.Authenticator. The account is read again: of two changes at once the later is the one that
// holds, in whatever order they come here. Where that is unknown nothing is changed.
func (a *Authenticator) SetRole(ctx context.Context, userID string, _ user.Role) error {
	u, err := a.accounts.ByID(ctx, userID)
	if errors.Is(err, user.ErrNotFound) {
		return err
	}
	if err != nil {
		return failure(err)
	}
	return failure(a.backend.SetRole(ctx, u.ID, u.Role, u.Version))
}

// EffectiveWithin implements api.Authenticator: in whole seconds, as it is declared.
func (a *Authenticator) EffectiveWithin() time.Duration { return a.within }

// Ready implements api.Authenticator.
func (a *Authenticator) Ready(ctx context.Context) error { return failure(a.backend.Ping(ctx)) }

// Weakened implements api.Weakener: a store may have something to say.
func (a *Authenticator) Weakened() string {
	if w, ok := a.backend.(api.Weakener); ok {
		return w.Weakened()
	}
	return ""
}

// Close implements api.Authenticator.
func (a *Authenticator) Close() error { return a.backend.Close() }

// Devices implements api.DeviceLister.
func (a *Authenticator) Devices(ctx context.Context, userID string) ([]api.Device, error) {
	logins, err := a.backend.Devices(ctx, userID)
	if err != nil {
		return nil, failure(err)
	}
	devices := make([]api.Device, len(logins))
	for i, l := range logins {
		devices[i] = api.Device{ID: l.Device, Created: l.Created, LastSeen: l.LastSeen, Agent: l.Agent}
	}
	return devices, nil
}

// EndDevice implements api.DeviceLister.
func (a *Authenticator) EndDevice(ctx context.Context, userID, device string) error {
	err := a.backend.EndDevice(ctx, userID, device)
	if errors.Is(err, store.ErrNotFound) {
		return user.ErrNotFound
	}
	return failure(err)
}
