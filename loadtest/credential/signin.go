package credential

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/wire"
)

// Config says whom to sign in, and where.
type Config struct {
	Base   string // http or https URL of a replica or a balancer
	Scheme plan.Scheme
	First  int    // index of the first user who signs in
	Users  int    // how many do, from that one on
	Key    []byte // of the load users' passwords
	// As, unless empty, are who sign in instead of the load users, in turn.
	As []Account
	// Parallel is how many sign in at once; 0 is 16.
	Parallel int
	// Rate, unless 0, is the most requests/s that are sent.
	Rate float64
	// Pins, unless nil, are where the servers are reached.
	Pins *wire.Pins
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
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" {
		return nil, fmt.Errorf("users sign in at http://HOST:PORT or https://HOST:PORT, not at %q", c.Base)
	}
	if c.Parallel == 0 {
		c.Parallel = 16
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	h := hall{Config: c, at: u, credentials: make([]Credential, c.Users)}
	var clients sync.WaitGroup
	for range min(c.Parallel, c.Users) {
		clients.Go(func() {
			if err := h.serve(ctx); err != nil {
				cancel(err) // the first error is kept, and ends the others
			}
		})
	}
	clients.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return h.credentials, nil
}

// hall is where users are signed in at many login clients at once.
type hall struct {
	Config
	at          *url.URL
	credentials []Credential
	next        atomic.Int64 // the user whose turn it is

	mu   sync.Mutex // held while Progress is told
	done int
}

// serve signs one user in after the other, until there is none left, one fails, or ctx ends.
func (h *hall) serve(ctx context.Context) error {
	d := newLoginClient(h.Config, h.at)
	defer d.conn.Close()
	defer context.AfterFunc(ctx, d.conn.Interrupt)()
	var pace <-chan time.Time
	if h.Rate > 0 {
		const each = 2 // requests: the login, and who it is
		slow := time.NewTicker(max(1, time.Duration(each*float64(min(h.Parallel, h.Users))/h.Rate*float64(time.Second))))
		defer slow.Stop()
		pace = slow.C
	}
	for ctx.Err() == nil {
		i := int(h.next.Add(1)) - 1
		if i >= h.Users {
			return nil
		}
		who := h.account(i)
		var err error
		if h.credentials[i], err = d.patiently(ctx, who); err != nil {
			return fmt.Errorf("%s could not sign in at %s: %w", who.Name, h.Base, err)
		}
		h.tell()
		if pace != nil {
			select {
			case <-pace:
			case <-ctx.Done():
			}
		}
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
