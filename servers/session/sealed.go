package session

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"authlab/servers/api"
	"authlab/servers/session/store"
	"authlab/servers/user"
)

// maxSealed is the maximum length of a sealed session: what browsers store of a cookie (RFC 6265 section 6.1), less its
// name and attributes.
const maxSealed = 4096 - 150

// SealedConfig configures a Sealed.
type SealedConfig struct {
	// Keys are secrets of SealingKey bytes: the first seals, all open.
	Keys     [][]byte
	Accounts accounts
	Now      func() time.Time
	store.Options
}

// SealingKey is the size of a key in bytes: 32 for HMAC-SHA256, which authenticates a cookie, and 32 for AES-256 in
// counter mode, which hides its content.
const SealingKey = 64

// Sealed is an api.Authenticator whose sessions travel completely in a cookie that only the servers can read or write:
// gorilla/sessions' CookieStore. The servers store nothing. So logins cannot be listed or ended: a logout clears the
// cookie of the client that asks, and a copy of it works until the login's absolute end.
type Sealed struct {
	cookies  *sessions.CookieStore
	accounts accounts
	name     string
	life     store.Lifetimes
	now      func() time.Time
}

var _ api.Authenticator = (*Sealed)(nil)

// NewSealed makes a Sealed.
func NewSealed(c SealedConfig) *Sealed {
	var pairs [][]byte
	for _, key := range c.Keys {
		pairs = append(pairs, key[:SealingKey/2], key[SealingKey/2:SealingKey])
	}
	cookies := sessions.NewCookieStore(pairs...)
	cookies.Options.HttpOnly, cookies.Options.Secure, cookies.Options.SameSite = true, c.Secure, http.SameSiteLaxMode
	// A second check, by the library's clock and timestamp; the times in the cookie, to the millisecond, decide.
	cookies.MaxAge(seconds(c.Idle))
	for _, codec := range cookies.Codecs {
		codec.(*securecookie.SecureCookie).SetSerializer(sealing{}).MaxLength(maxSealed)
	}
	a := &Sealed{cookies: cookies, accounts: c.Accounts, name: plainCookie, life: c.Lifetimes, now: c.Now}
	if c.Secure {
		a.name = secureCookie
	}
	return a
}

// seconds is d in whole seconds, rounded up.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// open returns the login in the request's cookie. The error is ErrUnauthenticated or ErrAmbiguous.
func (a *Sealed) open(r *http.Request) (login, error) {
	found := r.CookiesNamed(a.name)
	switch {
	case len(found) == 0:
		return login{}, api.ErrUnauthenticated
	case len(found) > 1:
		return login{}, fmt.Errorf("%w: more than one cookie", api.ErrAmbiguous)
	case api.HasBearer(r):
		return login{}, fmt.Errorf("%w: a cookie and a bearer token", api.ErrAmbiguous)
	case found[0].Quoted || !canonical(found[0].Value): // another spelling of the same cookie
		return login{}, api.ErrUnauthenticated
	}
	s, err := a.cookies.New(r, a.name)
	if err != nil { // this uses the request alone, so no error is an outage
		return login{}, fmt.Errorf("%w: %w", api.ErrUnauthenticated, err)
	}
	l, ok := s.Values[loginKey{}].(login)
	if now := a.now(); !ok || !now.Before(l.end()) || now.Sub(l.seen()) >= a.life.Idle {
		return login{}, api.ErrUnauthenticated
	}
	return l, nil
}

// canonical reports whether the end of a cookie is spelled as securecookie spells it. Its lenient decoder accepts other
// last characters for the same bytes; everything before them has one spelling.
func canonical(value string) bool {
	_, err := base64.URLEncoding.Strict().DecodeString(value[max(0, len(value)-4):])
	return err == nil
}

// seal hands the login to the client.
func (a *Sealed) seal(w http.ResponseWriter, r *http.Request, l login) error {
	s := sessions.NewSession(a.cookies, a.name)
	options := *a.cookies.Options
	options.MaxAge = max(1, min(options.MaxAge, seconds(l.end().Sub(a.now()))))
	s.Options, s.Values[loginKey{}] = &options, l
	if err := a.cookies.Save(r, w, s); err != nil {
		return fmt.Errorf("sealing a session: %w", err)
	}
	return nil
}

// Authenticate implements api.Authenticator. The idle time restarts once half of it has passed, and not with every
// request: sealing costs more than opening, and every cookie that is set is sent. So a login that was idle for as
// little as half the idle time may end.
func (a *Sealed) Authenticate(w http.ResponseWriter, r *http.Request) (api.Principal, error) {
	l, err := a.open(r)
	if err != nil {
		return api.Principal{}, err
	}
	if a.now().Sub(l.seen()) < a.life.Idle/2 {
		return l.principal(), nil
	}
	renewed, err := a.renew(r.Context(), l)
	if errors.Is(err, api.ErrUnavailable) { // the sealed data stays valid for the other half
		return l.principal(), nil
	}
	if err != nil {
		return api.Principal{}, err
	}
	return renewed.principal(), a.seal(w, r, renewed)
}

// renew restarts the login's idle time, if its account still permits: a ban or another role is noticed here at the
// latest.
func (a *Sealed) renew(ctx context.Context, l login) (login, error) {
	u, err := a.accounts.ByID(ctx, l.User)
	switch {
	case errors.Is(err, user.ErrNotFound):
		return l, fmt.Errorf("%w: account is gone", api.ErrUnauthenticated)
	case err != nil:
		return l, fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	case u.Disabled:
		return l, fmt.Errorf("%w: account is disabled", api.ErrUnauthenticated)
	}
	l.Name, l.Role, l.Seen = u.Name, u.Role, a.now().UnixMilli()
	return l, nil
}

// Login implements api.Authenticator. It replaces what the client presented in the client's jar; more is not possible.
func (a *Sealed) Login(w http.ResponseWriter, r *http.Request, u user.User) (api.Grant, error) {
	if _, err := a.open(r); errors.Is(err, api.ErrAmbiguous) {
		return api.Grant{}, err
	}
	now := a.now()
	l := login{
		User: u.ID, Name: u.Name, Role: u.Role, Device: store.NewDevice(),
		Seen: now.UnixMilli(), End: now.Add(a.life.Absolute).UnixMilli(),
	}
	return api.Grant{Principal: l.principal(), ExpiresIn: a.life.Idle}, a.seal(w, r, l)
}

// Refresh implements api.Authenticator: the same login, with the account's present name and role.
func (a *Sealed) Refresh(w http.ResponseWriter, r *http.Request) (api.Grant, error) {
	l, err := a.open(r)
	if err != nil {
		return api.Grant{}, err
	}
	if l, err = a.renew(r.Context(), l); err != nil {
		return api.Grant{}, err
	}
	return api.Grant{Principal: l.principal(), ExpiresIn: a.life.Idle}, a.seal(w, r, l)
}

// Logout implements api.Authenticator: it clears this client's cookie.
func (a *Sealed) Logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := a.open(r); errors.Is(err, api.ErrAmbiguous) {
		return err
	}
	options := *a.cookies.Options
	options.MaxAge = -1
	http.SetCookie(w, sessions.NewCookie(a.name, "", &options))
	return nil
}

// EndUser implements api.Authenticator: no login can be reached, and EffectiveWithin says so.
func (a *Sealed) EndUser(context.Context, string, string) error { return nil }

// SetRole implements api.Authenticator: logins have the new role from their next renewal on.
func (a *Sealed) SetRole(context.Context, string, user.Role) error { return nil }

// EffectiveWithin implements api.Authenticator: it is as long as a login can last.
func (a *Sealed) EffectiveWithin() time.Duration { return a.life.Absolute }

// Ready implements api.Authenticator: there is nothing to depend on.
func (a *Sealed) Ready(context.Context) error { return nil }

// Close implements api.Authenticator.
func (a *Sealed) Close() error { return nil }
