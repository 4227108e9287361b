package experiment

import (
	"context"
	"time"

	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Bench is a run in progress: it starts servers for a kind and keeps what the kind measures. Every error, also of
// Servers, ends the run and says what went wrong. The end of ctx is an error of every method.
type Bench interface {
	Plan() *plan.Plan
	// Stand starts the servers of one scheme. The caller takes them down.
	Stand(ctx context.Context, s Setup) (Servers, error)
	// Keep adds a line to the kind's file. The line is in the file when Keep returns.
	Keep(line any) error
	// Apart runs work with the generator on the cores that remain when a replica has a core of its own: on one thread, as
	// closed loops are measured, or, for open loops, on as many as it needs.
	Apart(oneThread bool, work func() error) error
	// Hop measures code of the servers in a process of its own, which has one core to itself and serves no request.
	Hop(ctx context.Context, h Hops) ([]Hopped, error)
	// Doing tells the user what happens now.
	Doing(what message.Message)
	// Filled tells how long a login took while a scheme was filled with logins, for the next prediction.
	Filled(each time.Duration)
}

// Setup says which servers to start.
type Setup struct {
	Scheme   plan.Scheme
	Replicas int
	Users    int      // load users that can sign in, at least 1
	Flags    []string // of the replicas, after the scheme's
	Apart    bool     // the first replica has a core of its own
	Collect  int      // GOGC of the replicas; 0 leaves it
	// CheckEvery, unless 0, puts a balancer before the replicas that checks them that often. Users then sign in through
	// it.
	CheckEvery time.Duration
	Relayed    bool // the store can be moved away
}

// Servers are the servers of one scheme. Its requests are GET /v1/me, and only the user's own answer counts.
type Servers interface {
	Nonce() string
	// SignIn signs in the next n load users, at the first replica.
	SignIn(ctx context.Context, n int) error
	// LogIn makes logins and throws them away. Refused are further tries that the server was too busy for. The end of ctx
	// is an error; the logins made until then are returned.
	LogIn(ctx context.Context, l Logins) (done, refused uint64, err error)
	// EndLogins ends n logins one after the other, as the scheme guarantees it. It asks all replicas about each login
	// until all of them refuse it.
	EndLogins(ctx context.Context, n int) ([]record.Refusal, error)
	// Saturate sends requests of signed-in users over this many connections, without a pause.
	Saturate(ctx context.Context, connections int, window time.Duration) (record.Slice, error)
	// Send sends requests of signed-in users at a fixed mean rate, at random moments that round decides.
	Send(ctx context.Context, rate float64, window time.Duration, round int) (record.Slice, error)
	// Used is the CPU time that the first replica and the store took since they started. It is 0 for the store of a
	// scheme without one.
	Used() (replica, store time.Duration, err error)
	// Held is what the first replica and the store hold.
	Held(ctx context.Context) (Holding, error)
	// Asked is what the store was asked since it started. The error is Unable where the store does not tell.
	Asked(ctx context.Context) (record.Asked, error)
	// Tape records what the first replica asks the store while it is saturated over this many connections, and opens
	// lanes connections to the store to play it. The error is Unable where the lab cannot.
	Tape(ctx context.Context, connections int, window time.Duration, lanes int) (Tape, error)
	// Down takes everything down. A second call does nothing.
	Down()
}

// Tape is what a store was asked. It ends with its servers.
type Tape interface {
	// Recorded are the requests of the recording, and the commands on the tape: none where requests ask the store
	// nothing.
	Recorded() (slice record.Slice, commands uint64)
	// Play asks the store the same again, in batches of depth commands on average. The store has its core to itself, and
	// the generator another.
	Play(ctx context.Context, depth float64, window time.Duration) (Played, error)
}

// Played is what playing a tape did.
type Played struct {
	Commands uint64        `json:"commands"`
	Failed   uint64        `json:"failed,omitempty"` // commands that were answered with an error
	CPU      time.Duration `json:"cpu_ns"`           // of the store
	Elapsed  time.Duration `json:"elapsed_ns"`
	Asked    record.Asked  `json:"asked"` // by the store's own count
}

// Unable is an error of what this store or this lab cannot do. It does not end a run.
type Unable struct{ Why message.Message }

// Error implements error.
func (u Unable) Error() string { return u.Why.String() }

// Logins are logins to make.
type Logins struct {
	N        int
	Parallel int  // connections
	People   bool // with a password that is hashed as for people, else with one that is cheap to check
}

// Holding is what servers hold, in bytes.
type Holding struct {
	LiveHeap uint64 // that the replica's collector found alive
	Resident int64  // of the replica's memory, garbage and program included
	Store    *int64 // by its own count; nil where there is none, or it does not tell
}

// HopProgram is the program that hops, beside the lab's own.
const HopProgram = "priced"

// Hops say what is measured in process: a handler with a defence of the servers, and the same handler without it. Each
// of them, and the one without a second time, has a short slice in each round, in an order that is drawn anew.
type Hops struct {
	Defences []string
	Rounds   int
	Slice    time.Duration // of CPU time, about
	Seed     uint64        // of the orders
}

// Hopped is a round of one defence.
type Hopped struct {
	Defence string `json:"defence"`
	Round   int    `json:"round"` // from 0
	Arms
}

// Arms are slices of a round: of a handler with a defence and without it, and of the latter again, which shows the
// noise.
type Arms struct {
	With    Calls `json:"with"`
	Without Calls `json:"without"`
	Again   Calls `json:"again"`
}

// Calls are calls of one handler, and the CPU time of the process meanwhile. Its garbage collector's is in it.
type Calls struct {
	N   uint64        `json:"calls"`
	CPU time.Duration `json:"cpu_ns"`
}
