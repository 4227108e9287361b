package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"authlab/servers/user"
)

// Authenticator is what differs between the servers. They share everything else.
//
// An Authenticator sets headers and cookies only when it succeeds; the handler writes the status and the body. A method
// that fails leaves the response untouched, so that an outage never hands out or clears a credential.
type Authenticator interface {
	// Login starts a login of u on this device and ends the one the request presented, if any (session fixation).
	Login(w http.ResponseWriter, r *http.Request, u user.User) (Grant, error)

	// Authenticate returns who sent r. It may set headers (a renewed cookie) on success only. The error is, or wraps,
	// ErrUnauthenticated (401), ErrAmbiguous (400: two credentials at once) or ErrUnavailable (503): an outage of the
	// store is never reported as "not logged in".
	Authenticate(w http.ResponseWriter, r *http.Request) (Principal, error)

	// Refresh renews the credential that r presents: a new id for the same session, or a rotated pair of tokens. Its
	// errors are those of Authenticate.
	Refresh(w http.ResponseWriter, r *http.Request) (Grant, error)

	// Logout ends this device's login. It is idempotent: an unknown or already ended credential is success. Only
	// ErrUnavailable and ErrAmbiguous are errors.
	Logout(w http.ResponseWriter, r *http.Request) error

	// EndUser ends every login of the user except the device keep ("" keeps none).
	EndUser(ctx context.Context, userID, keep string) error

	// SetRole applies a changed role to existing logins, as far as the scheme can.
	SetRole(ctx context.Context, userID string, role user.Role) error

	// EffectiveWithin is the scheme's guarantee: how long after a change (logout, disable, password, role) some replica
	// may still accept an old credential. 0 means "at once".
	EffectiveWithin() time.Duration

	// Ready reports whether the scheme's dependencies can do its work: an answer alone is not enough. The error wraps
	// ErrUnavailable.
	Ready(ctx context.Context) error

	// Close releases connections and stops background work.
	Close() error
}

// DeviceLister is implemented by schemes that can list the devices on which a user is logged in. A scheme without it
// answers 501: that is a result, not a defect.
type DeviceLister interface {
	// Devices returns the user's logins in any order.
	Devices(ctx context.Context, userID string) ([]Device, error)
	// EndDevice ends one login of the user. The error is user.ErrNotFound when the user has no such device.
	EndDevice(ctx context.Context, userID, device string) error
}

// KeyPublisher is implemented by schemes that can publish the public keys for their tokens (RFC 7517).
type KeyPublisher interface {
	// JWKS returns the JSON Web Key Set; it never contains a symmetric or private key.
	JWKS() []byte
}

// Challenger is implemented by schemes that say, in the WWW-Authenticate of a 401, how to authenticate: for bearer
// tokens RFC 6750.
type Challenger interface {
	Challenge(r *http.Request) string
}

// Weakener is implemented by schemes that can keep serving, and say so in /readyz, while a guarantee does not hold or
// new logins are refused.
type Weakener interface {
	// Weakened says in a sentence what does not hold now; it is empty when everything holds. It is called after Ready.
	Weakened() string
}

// Believer is a scheme without authentication: the accounts do not check what a caller claims to be.
type Believer interface {
	// Believes marks the scheme.
	Believes()
}

// Principal is who sent a request, according to the credential alone.
type Principal struct {
	ID   string
	Name string
	Role user.Role
	// Device names this login among the user's others. It is an identifier, not a credential: knowing it grants nothing.
	// It is empty where the scheme has no devices.
	Device string
}

// Grant is what a login or a refresh hands out. The token fields are empty where the credential travels in a cookie.
type Grant struct {
	Principal    Principal
	AccessToken  string
	RefreshToken string
	// ExpiresIn is how long the access token, or the idle session, lasts.
	ExpiresIn time.Duration
}

// Device is one login of a user.
type Device struct {
	ID       string    `json:"id"`
	Created  time.Time `json:"created"`
	LastSeen time.Time `json:"last_seen"` // Created where the scheme does not know it
	Agent    string    `json:"agent"`     // User-Agent at login, cut to 200 bytes
	Current  bool      `json:"current"`
}

// The meanings of an Authenticator's errors. Wrap them with context; errors.Is decides the status.
var (
	ErrUnauthenticated = errors.New("not logged in")
	ErrAmbiguous       = errors.New("more than one credential in the request")
	ErrUnavailable     = errors.New("authentication store unavailable")
)
