// Package wire is a lean HTTP/1.1 client: one request after another over one connection, in the caller's goroutine. A
// load generator that costs more than the server cannot saturate the server; net/http passes each request to two other
// goroutines.
//
// The client reads the same bytes as net/http does: status, headers, body, and whether the connection may be reused. It
// refuses more, because an answer that two readers could read differently cannot be measured. It refuses lines that do
// not end in CR LF, folded lines, names with spaces, two lengths or a length beside chunks, HTTP versions other than
// 1.0 and 1.1, chunks in 1.0, switched protocols, and answers beyond its limits. It never reuses a connection after
// HTTP/1.0, and it never sends a request twice.
package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Limits of one answer, and of its duration.
const (
	maxHead       = 64 << 10
	maxBody       = 1 << 20
	maxAnswer     = 2 * maxBody // including chunk sizes and interim answers
	maxInterim    = 5
	maxChunkLine  = 4000
	maxTrailer    = 2 << 10
	maxPadding    = 16 << 10 // of chunks, beyond what chunks need
	answerTimeout = 10 * time.Second
	dialTimeout   = 3 * time.Second
)

// idle is how long after its last request a connection is checked before it is reused: the server may have closed it,
// or sent bytes that no request asked for. The check costs a system call, which a connection in constant use does not
// need.
const idle = time.Millisecond

// errProtocol says that an answer is not HTTP/1.1 as this lab's servers speak it.
var errProtocol = errors.New("protocol")

// Conn is one connection. It speaks HTTP/1.1 with keep-alive. Input that it does not know is an error, never a guess.
type Conn struct {
	addr    string
	pins    *Pins         // the addresses at which addr is reached; nil allows any
	timeout time.Duration // of an answer
	tcp     net.Conn
	buf     []byte // received bytes; buf[at:] has not been consumed yet
	at      int
	// In and Out count the bytes on the wire, headers included.
	In, Out  uint64
	used     time.Time // when the last request was sent
	deadline time.Time // as set on tcp
	begun    bool      // Begin has sent the first bytes of a request
	hurried  bool      // it does not wait for the end of a connection

	secure *http.Transport // used instead, over TLS
	sealed counts          // bytes on the wire of secure

	mu          sync.Mutex // held to change tcp, its deadline and the fields below: Interrupt may come at any time
	interrupted bool
	abandon     context.CancelFunc // ends the dial in progress, or the request through secure
}

// New returns a plain connection to a host and port. It connects with the first request, and again after an error.
func New(addr string) *Conn { return &Conn{addr: addr, timeout: answerTimeout} }

// Wait sets how long an answer may take; without it, that is ten seconds.
func (c *Conn) Wait(longest time.Duration) { c.timeout = longest }

// Hurry makes Do read only the head of an answer that would go on until the server closes the connection. A server that
// refuses a request before it has read all of it answers so; it then waits, and cuts the connection.
func (c *Conn) Hurry() { c.hurried = true }

// Pin restricts the connection to the addresses that were checked.
func (c *Conn) Pin(p *Pins) { c.pins = p }

// Do sends a request, which must be complete, and reads its answer. After an error the connection is closed, and it is
// unknown whether the server acted on the request.
func (c *Conn) Do(request []byte) (Reply, error) {
	if c.secure != nil {
		return c.doSecure(request)
	}
	now := time.Now()
	if err := c.prepare(now); err != nil {
		return Reply{}, err
	}
	c.begun = false
	reply, err := c.exchange(request, now)
	if err != nil {
		err = c.explain(err)
	}
	if err != nil || reply.close {
		c.Close()
	}
	return reply, err
}

// Begin sends the first bytes of a request; a Do with the rest must follow. It may be called several times, for a
// request that comes bit by bit. After an error the connection is closed. It is for plain connections.
func (c *Conn) Begin(part []byte) error {
	if c.secure != nil {
		return fmt.Errorf("%w: over TLS a request is sent whole", errProtocol)
	}
	now := time.Now()
	if err := c.prepare(now); err != nil {
		return err
	}
	err := c.limit(now)
	if err == nil {
		var n int
		n, err = c.tcp.Write(part)
		c.Out += uint64(n)
	}
	if err != nil {
		err = c.explain(err)
		c.Close()
	}
	c.begun = err == nil
	return err
}

// prepare connects, unless a usable connection is open. A request that has begun is continued on its own connection or
// not at all.
func (c *Conn) prepare(now time.Time) error {
	if c.begun && c.tcp == nil {
		c.begun = false
		return io.ErrUnexpectedEOF
	}
	if raw, ok := c.tcp.(syscall.Conn); ok && !c.begun && now.Sub(c.used) > idle && !quiet(raw) {
		c.Close()
	}
	c.used = now
	return c.Connect()
}

func (c *Conn) exchange(request []byte, now time.Time) (Reply, error) {
	if err := c.limit(now); err != nil {
		return Reply{}, err
	}
	c.buf, c.at = c.buf[:0], 0 // all of it was consumed, or the connection would be closed
	n, err := c.tcp.Write(request)
	c.Out += uint64(n)
	if err != nil {
		return Reply{}, err
	}
	onlyHead := bytes.HasPrefix(request, []byte("HEAD "))
	for range maxInterim {
		reply, err := c.read(onlyHead)
		if err != nil {
			return Reply{}, err
		}
		if reply.Status >= 200 {
			// Unrequested bytes would be read as the next answer.
			reply.close = reply.close || c.at < len(c.buf)
			return reply, nil
		}
		if reply.Status == http.StatusSwitchingProtocols { // the connection would speak another protocol from here on
			return Reply{}, fmt.Errorf("%w: switched protocols", errProtocol)
		}
	}
	return Reply{}, fmt.Errorf("%w: only interim answers", errProtocol)
}

// read reads one answer, including interim ones. An answer to a HEAD request ends with its head, whatever the head says
// about a body.
func (c *Conn) read(onlyHead bool) (Reply, error) {
	head, err := c.head()
	if err != nil {
		return Reply{}, err
	}
	reply, length, chunked, err := parseHead(head)
	if err != nil {
		return Reply{}, err
	}
	reply.head = head // stays valid when buf moves, because nothing writes to the old buffer again
	from := c.at
	switch {
	case onlyHead || reply.Status < 200 || reply.Status == 204 || reply.Status == 304:
	case chunked:
		body, err := c.chunks()
		if err != nil {
			return Reply{}, err
		}
		reply.Body = body
	case length >= 0:
		if err := c.fill(length); err != nil {
			return Reply{}, err
		}
		c.at += length
		reply.Body = c.buf[from:c.at]
	default: // the body goes on until the server closes
		reply.close = true
		if c.hurried {
			break
		}
		if err := c.rest(); err != nil {
			return Reply{}, err
		}
		reply.Body = c.buf[from:c.at]
	}
	return reply, nil
}

// head returns the status line and headers, up to and including the empty line.
func (c *Conn) head() ([]byte, error) {
	searched := c.at
	for {
		if i := bytes.Index(c.buf[max(c.at, searched-3):], []byte("\r\n\r\n")); i >= 0 {
			end := max(c.at, searched-3) + i + 4
			head := c.buf[c.at:end]
			c.at = end
			return head, nil
		}
		if bareLineFeed(c.buf[c.at:], searched-c.at) { // otherwise the client would wait for the end of such a head
			return nil, fmt.Errorf("%w: a line that does not end in CR LF", errProtocol)
		}
		searched = len(c.buf)
		if len(c.buf)-c.at > maxHead {
			return nil, fmt.Errorf("%w: headers larger than %d bytes", errProtocol, maxHead)
		}
		if err := c.more(); err != nil {
			return nil, err
		}
	}
}
