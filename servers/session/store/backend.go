package store

import (
	"context"
	"errors"
	"time"

	"authlab/servers/user"
)

// Backend stores records by key, each with an idle lifetime, and knows which devices a user has. Every method is
// atomic: two at the same moment, from different replicas, happen one after the other.
//
// ErrNotFound means that there is no such live session. Any other error means that the backend could not tell: the
// caller must assume neither that the session exists nor that it does not.
type Backend interface {
	// Create stores rec under a key that must be new, and returns it with the times of its login and its end, by the
	// store's clock.
	Create(ctx context.Context, key Key, rec Record) (Record, error)
	// Touch returns the record and restarts its idle lifetime, exactly or nearly: see RedisOptions.Throttle.
	Touch(ctx context.Context, key Key) (Record, error)
	// Update replaces the record of a live session, but never its role. Rights change through SetRole alone, so a slow
	// request that saves what it read earlier cannot restore a right that was taken away. User and device are those of the
	// creation.
	Update(ctx context.Context, key Key, rec Record) error
	// Move gives the session of rec's device a new key; the old one is void from that moment. For TraceFor a trace records
	// where the session went, which only End and Moved follow. A hung store must not execute a Move later: no client has
	// the new key. It returns how long the session may last.
	Move(ctx context.Context, from, to Key, rec Record, v Veil) (left time.Duration, err error)
	// Moved returns the session that Move took away from a key at most TraceFor ago, unless it has moved again.
	Moved(ctx context.Context, from Key) (Moved, error)
	// End ends the session under a key, and the one that Move took away from it at most TraceFor ago, whatever its key is
	// now. If rec is known it ends that device's login too.
	End(ctx context.Context, key Key, rec Record) error

	// Devices returns the user's live sessions in any order.
	Devices(ctx context.Context, userID string) ([]Login, error)
	// EndDevice ends one session, whatever its key is now.
	EndDevice(ctx context.Context, userID, device string) error
	// EndUser ends the user's sessions except the device keep's ("" keeps none).
	EndUser(ctx context.Context, userID, keep string) error
	// SetRole changes the role in those of the user's sessions that know an earlier version of the account: two changes
	// may arrive here out of order.
	SetRole(ctx context.Context, userID string, role user.Role, version int64) error

	// Ping reports whether the backend can do its work, not only whether it answers.
	Ping(ctx context.Context) error
	Close() error
}

// Moved is a session that has a new key.
type Moved struct {
	Record
	Veil Veil          // the new id, for the holder of the old one
	Left time.Duration // how long the session may last
}

// Login is a live session seen from its user's list of devices.
type Login struct {
	Record
	LastSeen time.Time // the last use that restarted the idle lifetime
}

// The errors, for errors.Is.
var (
	// ErrNotFound: no such live session.
	ErrNotFound = errors.New("no such session")
	// ErrAmbiguous: the request carries two different session cookies, and there is no telling which one is meant.
	ErrAmbiguous = errors.New("two session cookies in one request")
	// ErrFull: the memory backend is full.
	ErrFull = errors.New("session memory is full")

	errLate     = errors.New("the store was too late to move a session")
	errKeyTaken = errors.New("session key is taken") // 2⁻²⁵⁶, or a broken random generator
)

// TraceFor is how long a void key still leads to the session that had it, for two requests sent before a renewal's
// answer arrived: a logout, and a second tab's renewal. It is just longer than such requests are in flight.
const TraceFor = 10 * time.Second

// Lifetimes limit a session.
type Lifetimes struct {
	Idle     time.Duration // since the last request
	Absolute time.Duration // since login
}
