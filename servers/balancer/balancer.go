// Package balancer spreads requests over replicas. It is used where HAProxy is not installed, and behaves as the lab
// configures HAProxy:
//
//   - Several frontends in one process, each over some of the replicas: one balancer serves every cluster size.
//   - A replica leaves the rotation when it refuses a connection or fails its health check, and returns when it passes
//     one. When none is left requests go to all of them: their own answers say more than the balancer's.
//   - A request goes to a second replica only if no connection to the first could be made, so that nothing is done
//     twice. It is sent again on another connection if nothing of it could be written to a kept one.
//   - A malformed request is the client's fault: a broken or cut body is 400, a stalled one 408.
//   - /metrics is not for users: read it at the replicas.
//   - Forwarded headers say what this balancer saw; the client's are dropped. Host stays unchanged.
package balancer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"authlab/servers/api/connections"
)

// headerTimeout is how long a client may take to send a request's header.
const headerTimeout = 10 * time.Second

// backendIdle is how long an idle connection to a replica is kept: well below the replica's own limit, so that no
// request meets one that is about to be closed.
const backendIdle = connections.Idle / 2

// writeBuffer is how much of a request is gathered before it is sent to a replica.
const writeBuffer = 4 << 10

// Policy is how a replica is chosen.
type Policy string

// The policies.
const (
	RoundRobin       Policy = "round-robin"
	LeastConnections Policy = "least-connections"
	// Sticky sends a client to the replica that its cookie names, and gives it that cookie at its first request.
	Sticky Policy = "sticky"
)

// Frontend is an address to listen on and which of the replicas stand behind it.
type Frontend struct {
	Addr  string
	First int // index of the first of them
	Size  int // how many, side by side
}

// Config is a balancer's complete configuration.
type Config struct {
	Frontends     []Frontend
	Backends      []*url.URL // base URLs of the replicas, in order
	Policy        Policy
	CheckPath     string        // a replica that answers it with 200 can serve
	CheckInterval time.Duration // between the checks of one replica
	Body          time.Duration // how long a client may take to send a request's body
	Connect       time.Duration // how long a connection to a replica may take
	Answer        time.Duration // how long a replica may take until it begins its answer
	Linger        time.Duration // how long connected clients may continue after the end, until idle ones are closed
	Shutdown      time.Duration // how long requests in flight may take after that; clients that stall have half of it
	MaxConns      int           // to each frontend; one more closes an idle one, or waits
	Log           *slog.Logger
}

// Default is a Config without frontends and backends.
func Default() Config {
	return Config{
		Policy: RoundRobin, CheckPath: "/readyz", CheckInterval: 5 * time.Second, Body: 60 * time.Second,
		Connect: time.Second, Answer: 60 * time.Second, Linger: 250 * time.Millisecond,
		Shutdown: 10 * time.Second, MaxConns: 20_000, Log: slog.New(slog.DiscardHandler),
	}
}

// Validate refuses what cannot work, in one sentence.
func (c Config) Validate() error {
	switch {
	case len(c.Backends) == 0:
		return errors.New("there is nothing to balance: name each replica with --backend http://host:port")
	case len(c.Frontends) == 0:
		return errors.New("there is nowhere to listen: add --frontend addr=127.0.0.1:8090")
	case c.Policy != RoundRobin && c.Policy != LeastConnections && c.Policy != Sticky:
		return fmt.Errorf("--balance %s is unknown: it is %s, %s or %s", c.Policy, RoundRobin, LeastConnections, Sticky)
	case c.CheckInterval <= 0 || c.Body <= 0 || c.Connect <= 0 || c.Answer <= 0 || c.Shutdown <= 0 || c.MaxConns <= 0:
		return errors.New("times and limits must be more than 0")
	case len(c.CheckPath) == 0 || c.CheckPath[0] != '/':
		return fmt.Errorf("--check-path %q must begin with /", c.CheckPath)
	}
	for _, f := range c.Frontends {
		if f.First < 0 || f.Size < 1 || f.First+f.Size > len(c.Backends) {
			return fmt.Errorf("a frontend over %d replicas from %d on needs as many --backend, and there are %d", f.Size,
				f.First, len(c.Backends))
		}
	}
	return nil
}

// Balancer is a running balancer.
type Balancer struct {
	config    Config
	backends  []*backend
	transport *http.Transport
	listeners []*connections.Listener
	servers   []*http.Server
	leaving   atomic.Bool
}

// Listen opens every frontend. Requests wait until Serve.
func Listen(c Config) (*Balancer, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &Balancer{config: c, transport: newTransport(c)}
	for i, u := range c.Backends {
		b.backends = append(b.backends, newBackend(i, u.Host))
	}
	for _, f := range c.Frontends {
		l, err := net.Listen("tcp", f.Addr)
		if err != nil {
			b.close()
			var op *net.OpError
			if errors.As(err, &op) {
				err = op.Err
			}
			return nil, fmt.Errorf("cannot listen on %s: %w; choose another address, or port 0", f.Addr, err)
		}
		limited := connections.Limit(l, c.MaxConns, headerTimeout/5)
		b.listeners = append(b.listeners, limited)
		b.servers = append(b.servers, &http.Server{
			Handler:           b.told(newFrontend(b.backends[f.First:f.First+f.Size], c, b.transport)),
			ReadHeaderTimeout: headerTimeout,
			IdleTimeout:       60 * time.Second,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug), // clients' errors
		})
		limited.Watch(b.servers[len(b.servers)-1])
	}
	return b, nil
}

// Addrs are the addresses of the frontends, in order.
func (b *Balancer) Addrs() []net.Addr {
	var addrs []net.Addr
	for _, l := range b.listeners {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}

// Serve balances until ctx ends. Then it accepts no more, and ends when clients have had a moment to leave and requests
// in flight are answered.
func (b *Balancer) Serve(ctx context.Context) error {
	defer b.close()
	checks, stop := context.WithCancel(ctx)
	defer stop()
	for _, backend := range b.backends {
		go b.watch(checks, backend)
	}
	failed := make(chan error, len(b.servers))
	for i, s := range b.servers {
		go func() { failed <- s.Serve(b.listeners[i]) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	b.leaving.Store(true)
	errs := make(chan error, len(b.servers))
	for i, s := range b.servers {
		go func() { errs <- b.end(s, b.listeners[i]) }()
	}
	var err error
	for range b.servers {
		err = cmp.Or(err, <-errs)
	}
	return err
}

// end lets one frontend end.
func (b *Balancer) end(s *http.Server, l *connections.Listener) error {
	l.Leave(b.config.Linger)
	cut, err := l.Shutdown(s, b.config.Shutdown)
	if err != nil {
		return fmt.Errorf("%w %s after the shutdown began; give them more time with --shutdown-timeout", err,
			b.config.Shutdown)
	}
	b.config.Log.Info("ended", "connections_cut", cut)
	return nil
}

// told tells clients to leave when the balancer ends, and watches what they send.
func (b *Balancer) told(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		r, end := received(w, r, b.config.Body)
		defer end()
		next.ServeHTTP(w, r)
	})
}

func (b *Balancer) close() {
	for _, s := range b.servers {
		s.Close()
	}
	for _, l := range b.listeners {
		l.Close()
	}
	b.transport.CloseIdleConnections()
}

// newTransport keeps connections to the replicas open: net/http alone would keep two to each and open a new one for
// every further concurrent request.
func newTransport(c Config) *http.Transport {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: c.Connect}).DialContext,
		MaxIdleConnsPerHost:   c.MaxConns,
		IdleConnTimeout:       backendIdle,
		ResponseHeaderTimeout: c.Answer,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // the client gets exactly what the replica sends
		WriteBufferSize:       writeBuffer,
		ReadBufferSize:        4 << 10,
	}
}
