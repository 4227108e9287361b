package credential

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"

	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

// Config says whom to sign in, and where.
type Config struct {
	Base   string // http URL of a replica or a balancer
	Scheme plan.Scheme
	First  int    // index of the first user who signs in
	Users  int    // how many do, from that one on
	Key    []byte // of the load users' passwords
	// As, unless nil, is who logs in instead of the load users; LogIn alone heeds it.
	As *Account
	// Parallel is how many sign in at once; 0 is 16.
	Parallel int
	// Nonce, unless empty, is that of the lab whose replicas must answer.
	Nonce string
	// Progress, unless nil, is told now and then how many users are signed in, and at last that all are. It is called
	// by one goroutine at a time.
	Progress func(done int)
}

// Progress is told after so many users.
const progressEvery = 100

// SignIn signs load users in and returns their credentials in that order. Some are tried at once, so
// that a server which hands out what it does not take is not measured. The error says which user failed, and how.
func SignIn(ctx context.Context, c Config) ([]Credential, error) {
	u, err := url.Parse(c.Base)
	if err != nil || u.Scheme != "http" || u.Port() == "" {
		return nil, fmt.Errorf("users sign in at http://HOST:PORT, not at %q", c.Base)
	}
	if c.Parallel == 0 {
		c.Parallel = 16
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h := hall{Config: c, host: u.Host, credentials: make([]Credential, c.Users)}
	var desks sync.WaitGroup
	for range min(c.Parallel, c.Users) {
		desks.Go(func() {
			if err := h.serve(ctx); err != nil {
				cancel(err) // the first error is kept, and ends the others
			}
		})
	}
	desks.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return h.credentials, nil
}

// hall is where users are signed in at many desks at once.
type hall struct {
	Config
	host        string
	credentials []Credential
	next        atomic.Int64 // the user whose turn it is

	mu   sync.Mutex // held while Progress is told
	done int
}

// serve signs one user in after the other, until there is none left, one fails, or ctx ends.
func (h *hall) serve(ctx context.Context) error {
	d := desk{Config: h.Config, host: h.host, conn: wire.New(h.host)}
	defer d.conn.Close()
	defer context.AfterFunc(ctx, d.conn.Interrupt)()
	for ctx.Err() == nil {
		i := int(h.next.Add(1)) - 1
		if i >= h.Users {
			return nil
		}
		name := userName(h.First + i)
		var err error
		if h.credentials[i], err = d.patiently(ctx, name); err != nil {
			return fmt.Errorf("%s could not sign in at %s: %w", name, h.Base, err)
		}
		h.tell()
	}
	return nil
}

// tell counts a user, and reports the count now and then.
func (h *hall) tell() {
	if h.Progress == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.done++; h.done%progressEvery == 0 || h.done == h.Users {
		h.Progress(h.done)
	}
}
