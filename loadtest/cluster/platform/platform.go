// Package platform is the contract between clusters and the place where their programs run.
//
// Package cluster asks for a Platform, opens it for a lab, and starts programs at the Place that it gets. It knows no
// platform by name. A platform is a package that implements the interfaces here, and a line in the list that the flag
// --platform reads. A platform does not implement what it cannot do: each optional ability is a small interface, which
// the cluster asks for by a type assertion.
//
// The interfaces are separate from cluster, so that a platform builds without it, and its tests run with any platform.
package platform

import (
	"context"
	"net/netip"
	"os"
	"syscall"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/usage"
)

// Platform is a place where the programs of a lab can run.
type Platform interface {
	// Name is its name in --platform and in the records of a run.
	Name() string
	// About describes it in one line of the command's help, with its name.
	About() string
	// Address is the address that programs listen on, so that the others reach them. It is a loopback address where they
	// share this machine's network, and so its ports; otherwise it is their own address.
	Address() netip.Addr
	// Open prepares the platform for a lab and removes what dead labs left there. An error is one sentence that says what
	// to do; after it nothing is left to close.
	Open(ctx context.Context, l Lab) (Place, error)
}

// Preparer is a platform that changes this program itself, before anything is opened. Prepare may start the program
// again and not return. An error says why it cannot be done; the caller can still go on.
type Preparer interface {
	Prepare() error
}

// Noted is a platform that changes the meaning of a run's figures. Note says how, in a paragraph that the run's report
// repeats.
type Noted interface {
	Note() string
}

// Lab is what a platform knows of the lab that it is opened for.
type Lab struct {
	Nonce  string        // names the lab's things, so that they can be found when the lab is dead
	Home   *claim.Folder // its folder of temporary files, which every program must see at its own path
	BinDir string        // the folder of the project's own programs
}

// Place is a platform that is open for one lab. Its methods may be called from several goroutines.
type Place interface {
	// Own returns one of the project's own programs. A Lack says that a scheme cannot be measured here. Any other error is
	// one sentence that says what to do, and ends the lab.
	Own(name string) (Program, error)
	// Find returns a program around the replicas. A Lack says that it exists but is unusable.
	Find(ctx context.Context, w Wanted) (Part, Program, error)
	// Network is the network on which the programs reach each other.
	Network() netip.Prefix
	// Budgets says how CPU budgets are enforced, or why they cannot be.
	Budgets() Mechanism
	// Start starts a program and returns without waiting for it to serve. After an error nothing of the program is left.
	Start(l Launch) (Instance, error)
	// Close removes everything that is left of the lab, including instances that still run.
	Close() error
}

// Parent is a place whose programs are this process's own children. Their use is added to this process's when they end,
// and they inherit open files.
type Parent interface {
	// Listen opens a socket that a child can inherit, so that no port is lost between choosing and using it.
	Listen() (file *os.File, addr string, err error)
}

// Enclosed is a place whose programs reach only each other. The error refuses a store or accounts that are kept
// elsewhere; it is one sentence that says what to do.
type Enclosed interface {
	Enclosed() error
}

// Databases is a place that can run a private PostgreSQL.
type Databases interface {
	// FindPostgres asks PostgreSQL for its version. The error is a Lack.
	FindPostgres(ctx context.Context) (Part, error)
	// Initialise makes an empty database of that name, which the user authlab may change, and says how to start its
	// server.
	Initialise(ctx context.Context, name, password string) (Launch, error)
}

// Instance is one running program. Its methods may be called from several goroutines. An instance that leaves something
// behind is also an io.Closer, and is closed after it has ended.
type Instance interface {
	// Host is the address at which the others reach it.
	Host() string
	// Read reads what it has used. It fails when the program has ended.
	Read() (usage.Reading, error)
	// Quit asks it to end in order, by the signal that it obeys.
	Quit(s syscall.Signal) error
	// Kill ends all its processes at once.
	Kill() error
	// Pause stops it from running: when Pause returns, none of its processes runs any more. Resume lets it go on.
	Pause() error
	Resume() error
	// Wait returns when it has ended, and says how, in the system's words: "exit status 1". It is called once.
	Wait() string
}

// Settler is an instance that takes a while to get an address. The context is canceled, with the cause, when the
// instance ends first.
type Settler interface {
	Settle(ctx context.Context) error
}

// Limited is an instance that was started with a budget, where budgets exist.
type Limited interface {
	// Limit sets the budget in cores; 0 removes it.
	Limit(cores float64) error
	// Confined reports whether the budget still covers all of the instance.
	Confined() (bool, error)
}

// Severable is an instance with a network of its own. CutOff disconnects it, as a pulled cable would; Reconnect
// connects it again, at its old address.
type Severable interface {
	CutOff(ctx context.Context) error
	Reconnect(ctx context.Context) error
}

// Numbered is an instance that knows its process id on this machine.
type Numbered interface {
	PID() int
}

// Program is something that a place can start.
type Program struct {
	Path string
	In   string // what it is in; only the place understands it
}

// Launch says how to start a program.
type Launch struct {
	Program
	Name     string // unique among the programs that run in a lab
	Args     []string
	Env      []string // added to the place's own
	CPUs     []int    // the cores that it may use; nil: all
	Budgeted bool     // it will have a CPU budget
	Tree     bool     // it works in several processes
	// Files are handed down by a Parent, from descriptor 3 on.
	Files []*os.File
	// As and Scratch come from Initialise: the account that the program runs as, and folders that only it uses.
	As      *syscall.Credential
	Scratch []string
	// Stdout and Log receive its standard output and standard error.
	Stdout, Log *os.File
}

// Mechanism says how CPU budgets are enforced.
type Mechanism struct {
	Name string // "cgroup v2", "none", …
	Why  string // when there is none: why, and what to do
}
