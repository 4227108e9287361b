package run

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/experiment"
	"authlab/loadtest/wire"
)

// MostAttacks is how many requests attacks on servers that run already may send in all.
const MostAttacks = 10_000

// Attacked are servers that run already, and that the caller may attack.
type Attacked struct {
	base, host string
	pins       *wire.Pins
	each       time.Duration // from one request to the next

	mu   sync.Mutex
	next time.Time
	sent int
}

var _ experiment.Reachable = (*Attacked)(nil)

// OpenAttacked finds the servers at a URL. Owned says that they are the caller's, wherever they are; rate is the
// maximum requests/s. Its errors are those of cluster.OpenTarget.
func OpenAttacked(ctx context.Context, at string, owned bool, rate float64) (*Attacked, error) {
	found, err := cluster.OpenTarget(ctx, cluster.TargetConfig{URL: at, Owned: owned})
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(found.URL())
	if err != nil {
		return nil, err
	}
	each := time.Duration(float64(time.Second) / rate)
	return &Attacked{base: found.URL(), host: base.Host, pins: found.Pins(), each: each}, nil
}

// Base implements experiment.Reachable.
func (a *Attacked) Base() string { return a.base }

// Near reports whether this machine itself serves them.
func (a *Attacked) Near() bool {
	return !slices.ContainsFunc(a.pins.Addrs(a.host), func(at netip.AddrPort) bool { return !at.Addr().IsLoopback() })
}

// Client implements experiment.Reachable.
func (a *Attacked) Client() *http.Client {
	client := wire.Client(a.pins)
	client.Timeout = attackTimeout
	return client
}

// Pace implements experiment.Reachable.
func (a *Attacked) Pace(ctx context.Context) error {
	a.mu.Lock()
	if a.sent == MostAttacks {
		a.mu.Unlock()
		return fmt.Errorf("%d requests were sent, and no more may be", MostAttacks)
	}
	a.sent++
	now := time.Now()
	at := a.next
	if at.Before(now) {
		at = now
	}
	a.next = at.Add(a.each)
	a.mu.Unlock()
	select {
	case <-time.After(at.Sub(now)):
		return context.Cause(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Dial implements experiment.Reachable.
func (a *Attacked) Dial(ctx context.Context) (net.Conn, error) {
	if err := a.Pace(ctx); err != nil {
		return nil, err
	}
	plain, err := a.pins.Dial(ctx, "tcp", a.host)
	if err != nil || !isHTTPS(a.base) {
		return plain, err
	}
	name, _, _ := net.SplitHostPort(a.host) // OpenTarget gave it a port
	secure := tls.Client(plain, &tls.Config{ServerName: name})
	if err := secure.HandshakeContext(ctx); err != nil {
		plain.Close()
		return nil, err
	}
	return secure, nil
}

func isHTTPS(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Scheme == "https"
}
