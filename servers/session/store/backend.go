package store

import (
	"context"
	"errors"
	"time"

	"authlab/servers/user"
)

// Backend keeps records by key, each with an idle lifetime, and knows which devices a user has. Every method is atomic:
// two of them at the same moment, from different replicas, happen one after the other.
//
// ErrNotFound means that there is no such live session. Any other error means that the backend could not say: the
// session may or may not exist, and the caller must not treat it as either.
type Backend interface {
	// Create keeps rec under a key that must be new, and returns it with the moments of its login and its end, by the
	// store's clock.
	Create(ctx context.Context, key Key, rec Record) (Record, error)
	// Touch returns the record and starts its idle lifetime anew, or as good as anew: see RedisOptions.Throttle.
	Touch(ctx context.Context, key Key) (Record, error)
	// Update replaces the record of a session that still lives, but never its role: rights change through SetRole
	// alone, so a slow request that saves what it read earlier cannot give back a right that was taken away. User and
	// device are those of the creation.
	Update(ctx context.Context, key Key, rec Record) error
	// Move gives the session of rec's device a new key; the old one is void from that moment. For TraceFor a trace
	// remains of where the session went, which End and Moved alone follow. A store that hangs does not do it when it
	// goes on: nobody was handed the new key. It returns how long the session may last.
	Move(ctx context.Context, from, to Key, rec Record, v Veil) (left time.Duration, err error)
	// Moved returns the session that Move took away from a key no longer than TraceFor ago, if it has not moved again.
	Moved(ctx context.Context, from Key) (Moved, error)
	// End ends the session under a key, and the one that Move took away from it no longer than TraceFor ago, whatever
	// its key is by now. Where rec is known it ends that device's login too.
	End(ctx context.Context, key Key, rec Record) error

	// Devices returns the user's live sessions in any order.
	Devices(ctx context.Context, userID string) ([]Login, error)
	// EndDevice ends one session, whatever its key has become.
	EndDevice(ctx context.Context, userID, device string) error
	// EndUser ends the user's sessions except that of the device keep ("" keeps none).
	EndUser(ctx context.Context, userID, keep string) error
	// SetRole changes the role in those of the user's sessions that know the account by an earlier version: two changes
	// may come here in another order than they were made in.
	SetRole(ctx context.Context, userID string, role user.Role, version int64) error

	// Ping reports whether the backend does its work, and not only whether it answers.
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
	LastSeen time.Time // the last use that started the idle lifetime anew
}

// What can go wrong, for errors.Is.
var (
	// ErrNotFound: no such live session.
	ErrNotFound = errors.New("no such session")
	// ErrAmbiguous: the request carries two different session cookies; which of them is meant cannot be known.
	ErrAmbiguous = errors.New("two session cookies in one request")
	// ErrFull: the memory backend holds as many sessions as it may.
	ErrFull = errors.New("session memory is full")

	errLate     = errors.New("the store was too late to move a session")
	errKeyTaken = errors.New("session key is taken") // 2⁻²⁵⁶, or a broken random generator
)

// TraceFor is how long a void key still leads to the session that had it: a logout that was sent before the answer of
// a renewal arrived, and another renewal, of a second tab, that was. It is longer than those are under way, and no
// longer.
const TraceFor = 10 * time.Second

// Lifetimes bound a session.
type Lifetimes struct {
	Idle     time.Duration // since the last request
	Absolute time.Duration // since login
}
