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

// Config says which users to sign in, and where.
type Config struct {
	Base   string // http or https URL of a replica or a balancer
	Scheme plan.Scheme
	First  int    // index of the first user to sign in
	Users  int    // number of users, from that one on
	Key    []byte // of the load users' passwords
	// As, unless empty, sign in instead of the load users, in turn.
	As []Account
	// Parallel is how many users sign in at once; 0 is 16.
	Parallel int
	// Rate, unless 0, is the maximum requests/s.
	Rate float64
	// Pins, unless nil, are the addresses of the servers.
	Pins *wire.Pins
	// Nonce, unless empty, is the nonce of the lab whose replicas must answer.
	Nonce string
	// Progress, unless nil, is called from time to time with the number of users signed in, and at the end. Only one
	// goroutine at a time calls it.
	Progress func(done int)
}

// Progress is called once for this many users.
const progressEvery = 100

// SignIn signs load users in and returns their credentials in that order. It tries some of them at once, so that the
// lab does not measure a server that refuses its own credentials. The error says which user failed, and how.
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

// hall signs users in at many login clients at once.
type hall struct {
	Config
	at          *url.URL
	credentials []Credential
	next        atomic.Int64 // the user who is next

	mu   sync.Mutex // held during a call of Progress
	done int
}

// serve signs users in one after the other, until none is left, one fails, or ctx ends.
func (h *hall) serve(ctx context.Context) error {
	d := newLoginClient(h.Config, h.at)
	defer d.conn.Close()
	defer context.AfterFunc(ctx, d.conn.Interrupt)()
	var pace <-chan time.Time
	if h.Rate > 0 {
		const each = 2 // requests: the login, and GET /v1/me
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

// tell counts a user, and reports the count from time to time.
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
