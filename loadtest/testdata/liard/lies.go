package main

import (
	"net/http"
	"sync"
	"sync/atomic"

	"authlab/servers/api"
)

// signedIn is how many requests come before a lie begins: more than a few users need to sign in, and fewer than the
// load sends in the shortest slice of a test.
const signedIn = 100

// cache checks each credential once, and believes it ever after.
type cache struct {
	api.Authenticator
	known sync.Map // Cookie header -> api.Principal
}

// Authenticate implements api.Authenticator.
func (c *cache) Authenticate(w http.ResponseWriter, r *http.Request) (api.Principal, error) {
	sent := r.Header.Get("Cookie")
	if p, ok := c.known.Load(sent); ok {
		return p.(api.Principal), nil
	}
	p, err := c.Authenticator.Authenticate(w, r)
	if err == nil {
		c.known.Store(sent, p)
	}
	return p, err
}

// mix answers some requests with the user of the request before, as a buffer shared by two requests would.
type mix struct {
	api.Authenticator
	of     uint64
	asked  atomic.Uint64
	lies   atomic.Uint64
	before atomic.Pointer[api.Principal]
}

// Authenticate implements api.Authenticator.
func (m *mix) Authenticate(w http.ResponseWriter, r *http.Request) (api.Principal, error) {
	p, err := m.Authenticator.Authenticate(w, r)
	if err != nil {
		return p, err
	}
	before := m.before.Swap(&p)
	if m.asked.Add(1) >= m.lies.Load()*m.of+signedIn && before.ID != p.ID {
		m.lies.Add(1)
		return *before, nil
	}
	return p, nil
}

// expire refuses every credential once users are signed in, without checking it: nothing is answered faster.
type expire struct {
	api.Authenticator
	asked atomic.Uint64
}

// Authenticate implements api.Authenticator.
func (e *expire) Authenticate(w http.ResponseWriter, r *http.Request) (api.Principal, error) {
	if e.asked.Add(1) > signedIn {
		return api.Principal{}, api.ErrUnauthenticated
	}
	return e.Authenticator.Authenticate(w, r)
}

// replace answers under the name of another lab's replica once users are signed in, like a server that took over the
// address.
type replace struct {
	api.Authenticator
	asked atomic.Uint64
}

// Authenticate implements api.Authenticator.
func (p *replace) Authenticate(w http.ResponseWriter, r *http.Request) (api.Principal, error) {
	if p.asked.Add(1) > signedIn {
		w.Header()["X-Replica"] = []string{"5723a6e2-0"}
	}
	return p.Authenticator.Authenticate(w, r)
}
