package experiment

import (
	"context"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Bench is a run that goes on: it stands servers up for a kind and keeps what the kind measures. All errors, also those
// of Servers, end the run, and say what went wrong. The end of ctx is an error of each.
type Bench interface {
	Plan() *plan.Plan
	// Stand starts the servers of one scheme. The caller takes them down.
	Stand(ctx context.Context, s Setup) (Servers, error)
	// Keep adds a line to the kind's file, which is in it when Keep returns.
	Keep(line any) error
	// Apart runs work with the generator on the cores that replicas with a core of their own leave it: on one thread, as
	// closed loops are measured, or, for open loops, on as many as it needs.
	Apart(oneThread bool, work func() error) error
	// Doing tells what happens now, to whoever watches.
	Doing(what message.Message)
	// Filled tells what a login cost in wall clock where a scheme was filled with them, for the next prediction.
	Filled(each time.Duration)
}

// Setup is which servers stand.
type Setup struct {
	Scheme   plan.Scheme
	Replicas int
	Users    int      // load users that can sign in, at least 1
	Flags    []string // of the replicas, after the scheme's
	Apart    bool     // the first replica has a core of its own
	Collect  int      // GOGC of the replicas; 0 leaves it
}

// Servers are those of one scheme. Its requests are GET /v1/me, and only the user's own answer counts.
type Servers interface {
	Nonce() string
	// SignIn signs the next n load users in, at the first replica.
	SignIn(ctx context.Context, n int) error
	// LogIn makes logins, and throws them away. Refused are tries besides that the server was too busy for. The end of ctx
	// is an error; what was done until then is told.
	LogIn(ctx context.Context, l Logins) (done, refused uint64, err error)
	// EndLogins ends n logins one after the other, in the way that the scheme guarantees, and asks all replicas about each
	// until all refuse it.
	EndLogins(ctx context.Context, n int) ([]record.Refusal, error)
	// Saturate sends requests of those who signed in, over so many connections without a pause.
	Saturate(ctx context.Context, connections int, window time.Duration) (record.Slice, error)
	// Send sends requests of those who signed in at a fixed mean rate, at random moments that round decides.
	Send(ctx context.Context, rate float64, window time.Duration, round int) (record.Slice, error)
	// Used is the CPU time that the first replica and the store took since they started. A scheme without a store has 0.
	Used() (replica, store time.Duration, err error)
	// Held is what the first replica and the store hold.
	Held(ctx context.Context) (Holding, error)
	// Down takes everything down. A second call does nothing.
	Down()
}

// Logins are logins to make.
type Logins struct {
	N        int
	Parallel int  // over so many connections
	People   bool // with a password that is hashed as those of people are, else with one that is cheap to check
}

// Holding is what servers hold, in bytes.
type Holding struct {
	LiveHeap uint64 // that the replica's collector found alive
	Resident int64  // of the replica's memory, garbage and program included
	Store    *int64 // by its own count; nil where there is none, or it does not tell
}
