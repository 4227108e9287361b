// Package session is the session scheme: the client holds a random id in a cookie, the server everything else. It
// builds on gorilla/sessions; package store holds the sessions. Sealed is the opposite: the client holds the whole
// session, sealed in the cookie, and the servers hold the key. A copy of the cookie cannot be ended before it expires.
//
// Where the server holds the session, a change of a user (logout, ban, role) takes effect with the next request, on
// every replica that shares the store. Where replicas cache the store's answers (store.Near), the others follow within
// a bound.
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

// Config configures an Authenticator.
type Config struct {
	Backend  store.Backend
	Accounts accounts
	// Within is how long a replica may miss a change that another one made; 0 where every request asks the store.
	Within time.Duration
	store.Options
}

// Authenticator is an api.Authenticator that uses sessions.
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

// New makes an Authenticator, which takes ownership of the backend.
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

// load returns the request's session, or an empty one (IsNew). It asks the store and not gorilla's registry, which
// would cache the session for the rest of the request at the price of copying the request: once is enough.
func (a *Authenticator) load(r *http.Request) (*sessions.Session, error) {
	if a.twice(r) {
		return nil, errTwo
	}
	s, err := a.sessions.New(r, a.cookie)
	if err != nil {
		return nil, failure(err)
	}
	return s, nil
}

// twice reports whether a request has a cookie and a bearer token.
func (a *Authenticator) twice(r *http.Request) bool {
	return api.HasBearer(r) && len(r.CookiesNamed(a.cookie)) > 0
}

var errTwo = fmt.Errorf("%w: a cookie and a bearer token", api.ErrAmbiguous)

// failure translates a store's error for the API: whatever is not certain is an outage.
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
	if a.twice(r) {
		return api.Principal{}, errTwo
	}
	rec, err := a.sessions.Read(r, a.cookie)
	if err != nil {
		return api.Principal{}, failure(err)
	}
	return principal(rec), nil
}

func principal(rec store.Record) api.Principal {
	return api.Principal{ID: rec.User, Name: rec.Name, Role: rec.Role, Device: rec.Device}
}

// Login implements api.Authenticator. The cookie is set last: until then no client can use the new session, and any
// failure ends it.
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

// abandon ends a session that was not handed out, even if the client has gone. Its failure is reported but harmless:
// without a cookie the session times out.
func (a *Authenticator) abandon(ctx context.Context, s *sessions.Session) error {
	return a.sessions.End(context.WithoutCancel(ctx), s)
}

// Refresh implements api.Authenticator: a new id for the same session. Of two tabs that renew at once, the second
// presents the id that the first has just replaced, and gets the new one too.
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

// Logout implements api.Authenticator, and clears the cookie. An id that a renewal has just replaced works here like
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

// SetRole implements api.Authenticator. The account is read again: of two changes at once the later one wins, in
// whatever order they come here. If the account cannot be read, nothing is changed.
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

// EffectiveWithin implements api.Authenticator: in whole seconds, as declared.
func (a *Authenticator) EffectiveWithin() time.Duration { return a.within }

// Ready implements api.Authenticator.
func (a *Authenticator) Ready(ctx context.Context) error { return failure(a.backend.Ping(ctx)) }

// Weakened implements api.Weakener, for stores that report something.
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
