// Package platform is the contract between clusters and where their programs run.
//
// Package cluster asks for a Platform, opens it for a lab, and starts programs at the Place that it gets; it knows no
// platform by name. A platform is a package that implements the interfaces here, and a line in the list from which the
// command's flag --platform is read. What a platform cannot do it does not implement: each optional ability is a small
// interface, for which the cluster asks by a type assertion.
//
// The interfaces stand apart from cluster so that a platform is built without it, and its tests with any.
package platform

import (
	"context"
	"net/netip"
	"os"
	"syscall"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/usage"
)

// Platform is where the programs of a lab can run.
type Platform interface {
	// Name is what --platform and the records of a run call it.
	Name() string
	// About says it in a line of the command's help, with its name.
	About() string
	// Address is what programs listen on so that the others reach them: a loopback address where they share
	// this machine's, and so its ports; else one of their own.
	Address() netip.Addr
	// Open prepares it for a lab and removes what dead labs left there. The error is one sentence that says what to do;
	// then nothing is left to close.
	Open(ctx context.Context, l Lab) (Place, error)
}

// Preparer is a platform that changes this program itself, before anything is opened. Prepare may start it anew and not
// return. The error says why it cannot be done, which is no reason not to go on.
type Preparer interface {
	Prepare() error
}

// Noted is a platform that changes what a run's figures mean. Note says how, in a paragraph that the run's report
// repeats.
type Noted interface {
	Note() string
}

// Lab is what a platform is told of the lab that it is opened for.
type Lab struct {
	Nonce  string        // by which the lab's things are named, and found again when it is dead
	Home   *claim.Folder // its folder of temporary files, which every program must see under its own path
	BinDir string        // the folder of the project's own programs
}

// Place is a platform that is open for one lab. Its methods may be called from several goroutines.
type Place interface {
	// Own is one of the project's own programs. A Lack says that a row cannot be measured here; any other error, one
	// sentence that says what to do, ends the lab.
	Own(name string) (Program, error)
	// Find is a program that stands around the replicas. A Lack says that it is there and of no use.
	Find(ctx context.Context, w Wanted) (Part, Program, error)
	// Network is where the programs reach each other.
	Network() netip.Prefix
	// Budgets tells how CPU budgets are enforced, or why they cannot be.
	Budgets() Mechanism
	// Start starts a program and returns once it is on its way. After an error nothing of the program is left.
	Start(l Launch) (Instance, error)
	// Close removes everything of the lab that is left, instances that still run included.
	Close() error
}

// Parent is a place whose programs are this process's own children: what they used is added to its own when they end,
// and they inherit open files.
type Parent interface {
	// Listen opens a socket that a child can inherit, so that no port is lost between choosing and using it.
	Listen() (file *os.File, addr string, err error)
}

// Enclosed is a place whose programs reach nothing but each other. The error, one sentence that says what to do,
// refuses a store or accounts that are kept elsewhere.
type Enclosed interface {
	Enclosed() error
}

// Databases is a place that can run a private PostgreSQL.
type Databases interface {
	// FindPostgres finds out what it is. The error is a Lack.
	FindPostgres(ctx context.Context) (Part, error)
	// Initialise makes an empty database of that name, which the user authlab may change, and says how its server
	// starts.
	Initialise(ctx context.Context, name, password string) (Launch, error)
}

// Instance is one running program. Its methods may be called from several goroutines. One that leaves something
// behind is an io.Closer, too, and is closed when it has ended.
type Instance interface {
	// Host is the address at which the others reach it.
	Host() string
	// Read reads what it consumed. It fails when the program has ended.
	Read() (usage.Reading, error)
	// Quit asks it to end in order, by the signal that it heeds.
	Quit(s syscall.Signal) error
	// Kill ends all of it at once.
	Kill() error
	// Pause stops it from running: when it returns nothing of it runs any more. Resume lets it go on.
	Pause() error
	Resume() error
	// Wait returns when it has ended, and says how, as the system does: "exit status 1". It is called once.
	Wait() string
}

// Settler is an instance that takes a while until it has an address. The context is canceled, with the cause, when the
// instance ends before.
type Settler interface {
	Settle(ctx context.Context) error
}

// Limited is an instance that was started with a budget, where there are budgets.
type Limited interface {
	// Limit sets the budget in cores; 0 takes it away.
	Limit(cores float64) error
	// Confined reports whether all of the instance is still held to it.
	Confined() (bool, error)
}

// Severable is an instance with a network of its own. CutOff takes it off, as a pulled cable would; Reconnect puts it
// back, at the address that it had.
type Severable interface {
	CutOff(ctx context.Context) error
	Reconnect(ctx context.Context) error
}

// Numbered is an instance that knows the process id which this machine knows it by.
type Numbered interface {
	PID() int
}

// Program is what can be started at a place.
type Program struct {
	Path string
	In   string // what it is in, as the place alone understands it
}

// Launch is how a program is to start.
type Launch struct {
	Program
	Name     string // unique among those that run in a lab
	Args     []string
	Env      []string // added to the place's own
	CPUs     []int    // the cores that it may use; nil: all
	Budgeted bool     // it will be held to a CPU budget
	Tree     bool     // it works in several processes
	// Files are handed down from descriptor 3 on, by a Parent.
	Files []*os.File
	// As and Scratch are Initialise's: the account that the program runs as, and folders that it alone uses.
	As      *syscall.Credential
	Scratch []string
	// Stdout and Log get what it writes to its standard output and standard error.
	Stdout, Log *os.File
}

// Mechanism is how CPU budgets are enforced.
type Mechanism struct {
	Name string // "cgroup v2", "none", …
	Why  string // when none: why not, and what to do
}
