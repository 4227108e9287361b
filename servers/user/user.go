// Package user keeps accounts: names, password hashes, roles and balances, in SQLite or PostgreSQL.
package user

import (
	"errors"
	"time"
)

// Role is what a user may do.
type Role string

// The roles.
const (
	RoleUser  Role = "user"
	RoleAdmin Role = "admin"
)

// User is one account as everything outside this package sees it: no hash, no password.
type User struct {
	ID       string
	Name     string
	Role     Role
	Disabled bool
	// Load says that the password is a load user's, which nobody chose and nobody can guess: see LoadPassword.
	Load bool
	// Version grows with every change of password, role or disabled. Whoever starts a login reads the account again
	// afterwards and gives up when it moved: a ban cannot be raced.
	Version int64
	Created time.Time
}

// What can go wrong, for errors.Is.
var (
	// ErrGone and ErrNotAdmin are about who acts: an account that is disabled or not there, and one that is no admin.
	ErrGone     = errors.New("the account that acts is disabled or not there")
	ErrNotAdmin = errors.New("the account that acts is no admin")

	ErrNotFound       = errors.New("no such account")
	ErrBadCredentials = errors.New("wrong name or password") // also for a disabled account: existence is not told
	ErrInsufficient   = errors.New("balance too low")
	ErrLastAdmin      = errors.New("the last enabled admin") // who can be neither demoted nor disabled
	ErrInvalid        = errors.New("invalid value")
	ErrUnavailable    = errors.New("accounts database unavailable")
	ErrBusy           = errors.New("too many password checks at once") // 503 with Retry-After
)
