package experiment

import (
	"context"
	"net"
)

// Attackable are Servers that an attacker on this machine reaches. What attacks send is not load: it is no credential's,
// or one that was changed.
type Attackable interface {
	Servers
	// Dial connects to the first replica, whatever a client believes to talk to.
	Dial(ctx context.Context) (net.Conn, error)
	// Account is load user i, who can log in.
	Account(i int) (name, password string)
	// SigningKey signs the servers' access tokens: a secret, or a private key. It is nil where the lab knows none.
	SigningKey() any
}
