// Package control is the scheme without authentication: it trusts the user that the caller names. It is the baseline
// from which the cost of every other scheme is measured.
package control

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

// Header carries the whole principal, "id;name;role". The other servers ignore it.
const Header = "Authlab-User"

// maxField limits an id and a name, in bytes.
const maxField = 64

// Scheme is the control.
type Scheme struct{ unauthenticated bool }

// NewScheme returns the control with its defaults.
func NewScheme() *Scheme { return &Scheme{} }

// Flags registers --unauthenticated.
func (s *Scheme) Flags(fs *pflag.FlagSet) {
	fs.BoolVar(&s.unauthenticated, "unauthenticated", false,
		"serve an address that is not loopback, although every caller is trusted")
}

// Open refuses an address that strangers can reach.
func (s *Scheme) Open(_ context.Context, env api.Env) (api.Authenticator, error) {
	if !env.Loopback && !s.unauthenticated {
		return nil, api.Usage{Sentence: "controld trusts every caller, so it serves loopback addresses only: add " +
			"--unauthenticated if that is intended"}
	}
	return believer{}, nil
}

type believer struct{}

// Login hands out nothing: the caller already knows how to name a user.
func (believer) Login(_ http.ResponseWriter, _ *http.Request, u user.User) (api.Grant, error) {
	return api.Grant{Principal: api.Principal{ID: u.ID, Name: u.Name, Role: u.Role}}, nil
}

// Authenticate trusts the header.
func (believer) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	values := r.Header[Header]
	switch len(values) {
	case 0:
		return api.Principal{}, api.ErrUnauthenticated
	case 1:
		return parse(values[0])
	default:
		return api.Principal{}, api.ErrAmbiguous
	}
}

// parse reads "id;name;role".
func parse(value string) (api.Principal, error) {
	id, rest, _ := strings.Cut(value, ";")
	name, role, ok := strings.Cut(rest, ";")
	if !ok || !utf8.ValidString(value) || id == "" || name == "" || len(id) > maxField || len(name) > maxField {
		return api.Principal{}, fmt.Errorf("%w: %s is not id;name;role", api.ErrUnauthenticated, Header)
	}
	switch user.Role(role) {
	case user.RoleUser, user.RoleAdmin:
		return api.Principal{ID: id, Name: name, Role: user.Role(role)}, nil
	default:
		return api.Principal{}, fmt.Errorf("%w: %s has an unknown role", api.ErrUnauthenticated, Header)
	}
}

// Refresh renews nothing, but still needs a caller who names a user.
func (b believer) Refresh(w http.ResponseWriter, r *http.Request) (api.Grant, error) {
	p, err := b.Authenticate(w, r)
	return api.Grant{Principal: p}, err
}

// Believes implements api.Believer: a caller is what the header says, whatever an account says.
func (believer) Believes() {}

func (believer) Logout(http.ResponseWriter, *http.Request) error  { return nil }
func (believer) EndUser(context.Context, string, string) error    { return nil }
func (believer) SetRole(context.Context, string, user.Role) error { return nil }
func (believer) EffectiveWithin() time.Duration                   { return 0 }
func (believer) Ready(context.Context) error                      { return nil }
func (believer) Close() error                                     { return nil }
func (believer) Challenge(*http.Request) string                   { return `Authlab-User realm="authlab"` }
