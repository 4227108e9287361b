package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Pins are the addresses of hosts at the time when it was checked that load may go there. A name may resolve to another
// address a moment later; a client with pins connects only to the checked addresses. Nil pins allow every address,
// which is right for servers that the lab started itself.
type Pins struct {
	mu sync.Mutex
	at map[string][]netip.AddrPort // the addresses of each host:port
}

// Allow adds the addresses of a host:port. From then on, each address is also allowed as a host itself.
func (p *Pins) Allow(hostport string, addrs []netip.Addr) {
	_, text, _ := net.SplitHostPort(hostport)
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return // Dial refuses it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[string][]netip.AddrPort{}
	}
	for _, addr := range addrs {
		at := netip.AddrPortFrom(addr.Unmap(), uint16(port))
		for _, name := range []string{hostport, at.String()} {
			if !slices.Contains(p.at[name], at) {
				p.at[name] = append(p.at[name], at)
			}
		}
	}
}

// Addrs returns the addresses that were allowed for a host:port.
func (p *Pins) Addrs(hostport string) []netip.AddrPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.at[hostport])
}

// errUnpinned says that an address was never checked.
var errUnpinned = errors.New("it was not checked whether requests may be sent there")

// Dial connects to a host:port, at one of its allowed addresses.
func (p *Pins) Dial(ctx context.Context, network, hostport string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	if p == nil {
		return dialer.DialContext(ctx, network, hostport)
	}
	err := fmt.Errorf("%s: %w", hostport, errUnpinned)
	for _, addr := range p.Addrs(hostport) {
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, addr.String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// Client asks servers about themselves. It reuses no connection, so that a balancer decides anew about each question.
// It follows no redirect, uses no proxy from the environment and decompresses nothing: it reads exactly the bytes that
// the asked server sent.
func Client(p *Pins) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: p.Dial, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxHead,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       2 * time.Second,
	}
}
