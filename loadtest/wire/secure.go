package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
)

// NewSecure returns a connection to a host and port over TLS; a nil config trusts the system's certificates. It uses
// net/http, over one connection at a time: where every byte is encrypted, a leaner client gains little. Unlike a plain
// Conn, it repeats a GET when its connection turns out to be closed before any answer.
func NewSecure(addr string, config *tls.Config) *Conn {
	c := New(addr)
	c.secure = &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			tcp, err := c.pins.Dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return countedConn{tcp, &c.sealed}, nil
		},
		TLSClientConfig: config, TLSHandshakeTimeout: dialTimeout, MaxConnsPerHost: 1, DisableCompression: true,
		MaxResponseHeaderBytes: maxHead,
	}
	return c
}

// doSecure is Do over TLS.
func (c *Conn) doSecure(request []byte) (Reply, error) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		return Reply{}, fmt.Errorf("a request that cannot be sent: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	c.mu.Lock()
	c.abandon = cancel
	interrupted := c.interrupted
	c.mu.Unlock()
	if interrupted {
		return Reply{}, errInterrupted
	}
	reply, err := c.exchangeSecure(r.WithContext(ctx))
	c.In += c.sealed.in.Swap(0)
	c.Out += c.sealed.out.Swap(0)
	if err != nil {
		err = c.explain(err)
		c.Close()
	}
	return reply, err
}

func (c *Conn) exchangeSecure(r *http.Request) (Reply, error) {
	r.RequestURI, r.URL.Scheme, r.URL.Host = "", "https", c.addr
	if _, ok := r.Header["User-Agent"]; !ok {
		r.Header["User-Agent"] = nil // none, instead of net/http's default
	}
	answer, err := c.secure.RoundTrip(r)
	if err != nil {
		return Reply{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return Reply{}, fmt.Errorf("%w: switched protocols", errProtocol)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if err != nil {
		return Reply{}, err
	}
	if len(body) > maxBody {
		return Reply{}, fmt.Errorf("%w: body larger than %d bytes", errProtocol, maxBody)
	}
	head := bytes.NewBufferString("HTTP/1.1\r\n") // for Values, which skips the status line
	answer.Header.Write(head)
	head.WriteString("\r\n")
	return Reply{
		Status: answer.StatusCode, Replica: []byte(answer.Header.Get("X-Replica")), Body: body, head: head.Bytes(),
	}, nil
}

// counts are bytes on the wire, counted where net/http reads and writes them, in goroutines of its own.
type counts struct{ in, out atomic.Uint64 }

type countedConn struct {
	net.Conn
	*counts
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.Add(uint64(n))
	return n, err
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(uint64(n))
	return n, err
}
