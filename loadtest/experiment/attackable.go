package experiment

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Reachable are servers that an attacker reaches. What attacks send is no load: its credentials may be stolen, changed
// or invented.
type Reachable interface {
	// Base is the URL of the balancer; without one, of the first replica.
	Base() string
	// Client sends requests there, and reaches nothing else. It follows no redirect. Before each request the caller asks
	// Pace.
	Client() *http.Client
	// Pace waits until the next request may be sent. Its error says that none may be.
	Pace(ctx context.Context) error
	// Dial connects to it when the next request may be sent, for what no client would send.
	Dial(ctx context.Context) (net.Conn, error)
}

// Inhabited are Reachable servers with users, and with what an attacker there may hold or learn.
type Inhabited interface {
	Reachable
	// Account is load user i, who can log in, and Admin one who may administer, where servers have --demo-users.
	Account(i int) (name, password string)
	Admin() (name, password string)
	// Person and Other are people whose passwords are hashed as people's are.
	Person() (name, password string)
	Other() (name, password string)
	// SigningKey signs the servers' access tokens: a secret, or a private key. It is nil where the lab knows none.
	SigningKey() any
	// Trap is a server of the attacker's, which no server may ask. The caller closes it.
	Trap() (Trap, error)
	// Browser starts a browser. The caller closes it. The error is Unable where none is installed.
	Browser(ctx context.Context) (Browser, error)
}

// Browser is a real browser with cookies and a storage of its own.
type Browser interface {
	// Open opens an address in its one tab, and returns when it is loaded.
	Open(ctx context.Context, address string) error
	// Run is the value of an expression in that page, as a text; that of a promise once it is kept.
	Run(ctx context.Context, expression string) (string, error)
	Close()
}

// Attackable are Servers that an attacker on this machine reaches.
type Attackable interface {
	Servers
	Inhabited
}

// Trap counts who asks it.
type Trap interface {
	URL() string
	// Asked is how many requests came. Its error says that the trap itself does not count.
	Asked() (int, error)
	Close()
}

// Floodable servers take many requests of any kind, from a generator that costs less than most servers.
type Floodable interface {
	Attackable
	// Flood sends requests to the first replica. What is answered is counted, and not judged.
	Flood(ctx context.Context, f Flood) (Flooded, error)
}

// Flood is a number of requests to send.
type Flood struct {
	// Lanes are connections. Each makes its next request when its last one was answered. The parts of a request are sent
	// one after the other, with pauses in between.
	Lanes  []func(last Reply) [][]byte
	Window time.Duration // no request begins after it
	Most   int           // requests over all lanes; 0 is no bound
}

// Reply is an answer to a request of a flood. Its texts are valid until the next request.
type Reply struct {
	Status int // 0: there was none
	Body   []byte
	Header func(name string) []string // name is in lower case; nil where there was no answer
}

// Flooded is what became of a flood, and what it took.
type Flooded struct {
	Requests uint64         `json:"requests"`
	Statuses map[int]uint64 `json:"statuses,omitempty"` // answers, by status
	// Failed are requests that were not answered, by why.
	Failed  map[string]uint64 `json:"failed,omitempty"`
	Out     uint64            `json:"bytes_sent"` // to the server
	In      uint64            `json:"bytes_answered"`
	Replica time.Duration     `json:"replica_cpu_ns"`
	Store   time.Duration     `json:"store_cpu_ns"` // 0 where there is none
	Elapsed time.Duration     `json:"elapsed_ns"`
}
