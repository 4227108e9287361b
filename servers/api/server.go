// Package api is the API that all servers share: routes, handlers, limits and errors. A scheme adds its Authenticator,
// which tells who sent a request.
//
// Each replica slows password guessing down by itself, from the failures that it has seen: throttle says what it
// promises. The limit of N replicas is therefore N times the limit of one: strangers have 30N free guesses of an
// account instead of 30, and an owner at a new device may wait for N times as many turns. Where the limit of one is
// required, a balancer in front must send each client address to the same replica. Against an attacker with many
// addresses that does not help.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// Limits on what a client may send, and how slowly.
const (
	maxHeader    = 16 << 10
	maxBody      = 64 << 10
	writeTimeout = 15 * time.Second
)

// Server is the API over one scheme.
type Server struct {
	config   Config
	auth     Authenticator
	accounts *user.Accounts
	throttle *throttle
	cookies  *deviceCookies
	metrics  *metrics
	log      *slog.Logger
	handler  http.Handler
	// replica is X-Replica's value, as a header holds it.
	replica    []string
	sameOrigin *http.CrossOriginProtection
	draining   atomic.Bool
	readiness  readiness
	complained atomic.Int64 // when an error was last logged, nanoseconds since 1970
	silent     atomic.Int64 // errors since then that were not logged
	ballast    []byte
	closers    []func() error
}

// Open connects to the accounts and to what the scheme needs. check must have completed c; tests use New.
func Open(ctx context.Context, c Config, scheme Scheme) (*Server, error) {
	s := &Server{
		config: c, log: c.Log.With("replica", c.Replica), metrics: newMetrics(c.Now), throttle: newThrottle(c.Now),
		replica: []string{c.Replica}, sameOrigin: http.NewCrossOriginProtection(),
	}
	for _, origin := range c.AllowOrigins {
		if err := s.sameOrigin.AddTrustedOrigin(origin); err != nil {
			return nil, Usage{Sentence: fmt.Sprintf("--allowed-origins: %q is not an origin such as https://app.example",
				origin)}
		}
	}
	accounts, closeAccounts, err := c.accounts(ctx)
	if err != nil {
		return nil, err
	}
	s.accounts = accounts
	s.closers = append(s.closers, closeAccounts)
	s.cookies = &deviceCookies{key: accounts.DeviceKey(), secure: !c.loopback() && !c.InsecureCookies, now: c.Now}
	s.auth, err = scheme.Open(ctx, Env{
		Accounts: accounts, Loopback: c.loopback(), DemoUsers: c.DemoUsers, InsecureCookies: c.InsecureCookies,
		Proxied: len(c.TrustProxies) > 0, Now: c.Now, Log: s.log, Metrics: s.metrics.registry,
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	s.closers = append(s.closers, s.auth.Close)
	s.ballast = newBallast(c.Ballast)
	s.handler, err = s.routes()
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// New opens a server with a Config that did not come from a command line.
func New(ctx context.Context, c Config, scheme Scheme) (*Server, error) {
	if err := c.check(io.Discard); err != nil {
		return nil, err
	}
	return Open(ctx, c, scheme)
}

// Handler is the API.
func (s *Server) Handler() http.Handler { return s.handler }

// Close releases what Open connected to.
func (s *Server) Close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers, s.ballast = nil, nil
	return errors.Join(errs...)
}

func init() { gin.SetMode(gin.ReleaseMode) }
