package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

// errInterrupted is the error of a request that Interrupt ended.
var errInterrupted = errors.New("interrupted")

// Connect connects, unless the connection is already open. Over TLS, the first request connects.
func (c *Conn) Connect() error {
	if c.tcp != nil || c.secure != nil {
		return nil
	}
	ctx, abandon := context.WithTimeout(context.Background(), dialTimeout)
	defer abandon()
	c.mu.Lock()
	c.abandon = abandon
	interrupted := c.interrupted
	c.mu.Unlock()
	if interrupted {
		return errInterrupted
	}
	tcp, err := c.pins.Dial(ctx, "tcp", c.addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.interrupted && err == nil:
		tcp.Close()
		fallthrough
	case c.interrupted:
		return errInterrupted
	case err != nil:
		return err
	}
	if c.buf == nil {
		c.buf = make([]byte, 0, 8<<10)
	}
	c.tcp, c.buf, c.at, c.deadline = tcp, c.buf[:0], 0, time.Time{}
	return nil
}

// Close closes the connection.
func (c *Conn) Close() {
	if c.secure != nil {
		c.secure.CloseIdleConnections()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tcp != nil {
		c.tcp.Close()
		c.tcp = nil
	}
}

// Refresh prepares an idle connection for use. One that Interrupt ended may be used again. One that the server has
// closed, as servers do after a while, is dropped: the next request connects again instead of failing.
func (c *Conn) Refresh() {
	c.mu.Lock()
	interrupted := c.interrupted
	c.interrupted = false
	c.mu.Unlock()
	if raw, ok := c.tcp.(syscall.Conn); ok && (interrupted || !quiet(raw)) {
		c.Close()
	}
}

// quiet reports whether a connection is open and has nothing to read.
func quiet(conn syscall.Conn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var peek error
	err = raw.Read(func(fd uintptr) bool {
		_, _, peek = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	})
	return err == nil && errors.Is(peek, syscall.EAGAIN)
}

// Interrupt makes the request in flight and later ones fail at once, until Refresh. It may be called while another
// goroutine uses the connection.
func (c *Conn) Interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupted = true
	if c.abandon != nil {
		c.abandon()
	}
	if c.tcp != nil {
		c.tcp.SetDeadline(time.Unix(1, 0))
	}
}

// explain tells an interruption from a server that did not answer in time.
func (c *Conn) explain(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interrupted {
		return errInterrupted
	}
	return err
}

// limit sets how long the answer to a request sent now may take. Moving the deadline costs a timer, so limit moves it
// rarely, which only makes the limit less exact.
func (c *Conn) limit(now time.Time) error {
	if c.deadline.Sub(now) >= c.timeout/2 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interrupted {
		return errInterrupted
	}
	c.deadline = now.Add(c.timeout)
	return c.tcp.SetDeadline(c.deadline)
}

// Word names the kind of an error of Do in one word: timeout, refused, reset, closed, interrupted, protocol,
// certificate or network. If the process itself ran out of something, the word is descriptors, ports or memory.
func Word(err error) string {
	if word := lackOf(err); word != "" {
		return word
	}
	switch {
	case errors.Is(err, errProtocol):
		return "protocol"
	case errors.Is(err, errInterrupted):
		return "interrupted"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "closed"
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "certificate"
	default:
		return "network"
	}
}
