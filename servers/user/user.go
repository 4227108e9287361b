// Package user stores accounts: names, password hashes, roles and balances, in SQLite or PostgreSQL.
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
	// Load says that the password is a load user's: derived from a key, not chosen, and impossible to guess. See
	// LoadPassword.
	Load bool
	// Version grows with every change of password, role or disabled. A login reads the account again after it has begun
	// and gives up if Version changed, so it cannot race a ban.
	Version int64
	Created time.Time
}

// The errors, for errors.Is.
var (
	// ErrGone and ErrNotAdmin are about the acting account: it is disabled or does not exist, or it is not an admin.
	ErrGone     = errors.New("the account that acts is disabled or does not exist")
	ErrNotAdmin = errors.New("the account that acts is not an admin")

	ErrNotFound       = errors.New("no such account")
	ErrBadCredentials = errors.New("wrong name or password") // also for a disabled account: its existence is not revealed
	ErrInsufficient   = errors.New("balance too low")
	ErrLastAdmin      = errors.New("the last enabled admin") // cannot be demoted or disabled
	ErrInvalid        = errors.New("invalid value")
	ErrUnavailable    = errors.New("accounts database unavailable")
	ErrBusy           = errors.New("too many password checks at once") // 503 with Retry-After
)
