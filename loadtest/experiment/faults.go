package experiment

import (
	"context"
	"time"

	"authlab/loadtest/record"
)

// What some servers can do besides. A kind asks for it by a type assertion; each is small, so that a bench leaves out
// what it cannot do. Parts are "store" and "replica-0", "replica-1" and so on. An Unable says that these servers or
// this platform cannot; it does not end a run.

// Faultable servers can do all of it.
type Faultable interface {
	Servers
	Streamed
	Personal
	Renewable
	Breakable
	Askable
	Followed
	Linked
	Skewable
	Rotatable
	Lockable
	Watched
}

// Streamed servers answer a stream of requests through their balancer, whatever happens to them meanwhile.
type Streamed interface {
	// Stream sends requests until it is told to end. It returns how many connections were in use at most.
	Stream(ctx context.Context, s Stream) (connections int, err error)
}

// Stream is GET /v1/me of signed-in users, each sent when it is due.
type Stream struct {
	Rate    float64 // requests/s
	Seed    uint64
	Longest time.Duration
	Patient time.Duration     // how long a client waits for an answer
	Who     func(seq int) int // the user whose request that is, in the order of sign-in
	Each    func(Answer)      // is called with every request, by one goroutine at a time
	Until   <-chan struct{}   // ends the stream once it is closed
}

// Answer is what became of a request of a stream.
type Answer struct {
	Who       int
	Due, Sent time.Duration // since the stream began
	Took      time.Duration // from Sent on
	Verdict   record.Verdict
	Replica   int  // -1: none of the lab's
	Cookie    bool // it sets a cookie
}

// Personal servers take other requests of their users.
type Personal interface {
	// As sends a request without a body, such as POST /v1/logout, as a user, in the order of sign-in, through the
	// balancer. It returns the status.
	As(ctx context.Context, user int, request string) (status int, err error)
	// Enter logs a load user in anew through the balancer, and throws the login away. It returns the status, 0 where no
	// answer came.
	Enter(ctx context.Context, user int) (status int)
}

// Renewable servers renew logins. Their users are load users, whose logins are made for it and thrown away.
type Renewable interface {
	// Tabs logs a user in, renews that login from n tabs at the same moment, through the balancer, asks with what each tab
	// was given, and logs one of them out.
	Tabs(ctx context.Context, user, n int) (Tabs, error)
	// Overtake logs a user in, begins requests with a body, logs the user out, and sends the bodies when the scheme must
	// refuse the login.
	Overtake(ctx context.Context, user int) (Overtaken, error)
}

// Tabs is what became of tabs that renewed one login at the same moment.
type Tabs struct {
	Tried    int  // renewals, one of each tab
	Together int  // of those: on their way while another was
	In       int  // tabs that are logged in afterwards
	Out      int  // tabs that were refused
	Failed   int  // tabs that got another answer, or none
	Listed   bool // the servers list the user's logins
	More     int  // logins that they list afterwards beyond those before
	Kept     int  // tabs that are served after one of them has logged out, later than the scheme promises
}

// Overtaken is what became of requests that began before a logout and were complete after it.
type Overtaken struct {
	Tried    int
	Begun    int // of those: a replica was reading them when the user had logged out
	Refused  int // as unauthenticated
	Admitted int // that the scheme promises to refuse
	Failed   int // that got another error, or no answer
	Revived  int // logins that work afterwards, although the scheme promises that they do not
}

// Breakable servers have parts that can be broken and repaired.
type Breakable interface {
	Kill(part string) error                         // at once, as a crash
	Quit(ctx context.Context, part string) error    // in order, as an operator
	Pause(part string) error                        // as a hang
	Resume(part string) error                       // undoes Pause
	Restart(ctx context.Context, part string) error // undoes Kill and Quit: a new process at the old address
	// State is what the system says of a part: runs, paused or gone.
	State(part string) (string, error)
	// Process names the process of a part, by its id: "" where the platform has none.
	Process(part string) (string, error)
}

// Askable servers have a Redis that takes commands of an operator.
type Askable interface {
	AskStore(ctx context.Context, command ...string) (string, error)
	// DelayStore moves the store away by a round trip. Setup.Relayed prepares that.
	DelayStore(roundTrip time.Duration) error
	// StoreRoundTrip is how long the store takes to answer when it is asked from where the replicas are.
	StoreRoundTrip(ctx context.Context) (time.Duration, error)
}

// Linked servers have a network between them and their store that can be disturbed. Setup.Relayed prepares that.
type Linked interface {
	// Disturb disturbs it from now on; the zero Disturbance makes it right again.
	Disturb(d Disturbance) error
	// Disturbed is what the latest disturbance did.
	Disturbed() Disturbed
	// RelayLate is by how much the lab delayed something between replicas and store beyond what it was told to, at most,
	// since this was asked last; 0 where the store is not relayed.
	RelayLate() time.Duration
}

// Disturbance is what is wrong with a network.
type Disturbance struct {
	Jitter     time.Duration // the most by which each direction is slower, by another share of it every 100 ms
	ResetEvery time.Duration // how often all connections are reset; 0: never
	HalfOpen   bool          // the connections that are open go on without a byte and without an end
}

// Disturbed is what a disturbance did.
type Disturbed struct {
	Resets    int   // connections that were reset
	Silent    int   // connections that are half-open now
	Swallowed int64 // bytes of connections that are or were half-open
}

// Followed servers have a Redis that another one can follow and replace. Setup.Relayed prepares that.
type Followed interface {
	// Follow returns when a second Redis follows the first and holds all that it does.
	Follow(ctx context.Context) error
	// FailOver makes the second Redis the master. New connections lead to it; those that are open stay with the old
	// master, which is not told.
	FailOver(ctx context.Context) error
	// Demote tells the old master to follow the new one.
	Demote(ctx context.Context) error
	// OldMaster is what the old master says of itself, as "role:master", and how many other clients it has.
	OldMaster(ctx context.Context) (role string, clients int, err error)
}

// Skewable servers have clocks that can be wrong.
type Skewable interface {
	// Skew starts a replica again, which has ended, with a clock that is wrong by that much.
	Skew(ctx context.Context, part string, by time.Duration) error
	// Skewed is by how much a replica says that its clock is wrong.
	Skewed(ctx context.Context, part string) (time.Duration, error)
}

// Rotatable servers have a key that signs or seals.
type Rotatable interface {
	// Rotate takes a step: announce, sign or retire. Replicas follow when they are started again.
	Rotate(step string) error
}

// Lockable servers have accounts that can be made unusable.
type Lockable interface {
	LockAccounts(ctx context.Context) error
	UnlockAccounts() error
	// AccountsLocked is what the system says.
	AccountsLocked() (bool, error)
}

// Watched servers tell how they are.
type Watched interface {
	// Ready reports whether a replica says that it is ready.
	Ready(ctx context.Context, replica int) bool
	// Vitals are of all replicas that run together.
	Vitals(ctx context.Context) (Vitals, error)
}

// Vitals are what must be again as they were before a fault.
type Vitals struct {
	Processes  int   `json:"processes"` // that run, of replicas, store and balancer
	Goroutines int   `json:"goroutines"`
	Files      int   `json:"open_files"` // connections are files
	Resident   int64 `json:"resident_bytes"`
}
