package experiment

import (
	"context"
	"net"
	"net/http"
)

// Attackable are Servers that an attacker on this machine reaches. What attacks send is no load: its credentials may be
// stolen, changed or invented.
type Attackable interface {
	Servers
	// Base is the URL of the balancer; without one, of the first replica.
	Base() string
	// Client sends requests there, and reaches nothing else. It follows no redirect.
	Client() *http.Client
	// Dial connects to it, for what no client would send.
	Dial(ctx context.Context) (net.Conn, error)
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
}

// Trap counts who asks it.
type Trap interface {
	URL() string
	// Asked is how many requests came. Its error says that the trap itself does not count.
	Asked() (int, error)
	Close()
}
