// Package wire is a lean HTTP/1.1 client: one request after another over one connection, in the caller's goroutine. A
// load generator that costs more than the server it loads cannot saturate it; net/http hands each request over to two
// other goroutines.
package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// Limits of one answer, and how long it may take to come.
const (
	maxHead       = 64 << 10
	maxBody       = 1 << 20
	maxAnswer     = 2 * maxBody // with chunk sizes and interim answers
	maxInterim    = 5
	answerTimeout = 10 * time.Second
	dialTimeout   = 3 * time.Second
)

// errProtocol is an answer that is not HTTP/1.1 as this lab's servers speak it.
var errProtocol = errors.New("protocol")

// Conn is one connection. It speaks plain HTTP/1.1 with keep-alive; what it does not know is an error, never a guess.
type Conn struct {
	addr string
	tcp  net.Conn
	buf  []byte // what arrived; buf[at:] was not consumed yet
	at   int
	// In and Out count the bytes on the wire, headers included.
	In, Out  uint64
	deadline time.Time // as set on tcp

	mu          sync.Mutex // held to change tcp, its deadline and what stands below: Interrupt may come at any time
	interrupted bool
	abandon     context.CancelFunc // ends the dialing under way
}

// New returns a connection to a host and port. It connects with the first request, and again after an error.
func New(addr string) *Conn { return &Conn{addr: addr} }

// Do sends a request, which must be complete, and reads its answer. After an error the connection is gone, and nobody
// knows whether the server acted on the request.
func (c *Conn) Do(request []byte) (Reply, error) {
	if err := c.Connect(); err != nil {
		return Reply{}, err
	}
	reply, err := c.exchange(request)
	if err != nil {
		err = c.explain(err)
	}
	if err != nil || reply.close {
		c.Close()
	}
	return reply, err
}

func (c *Conn) exchange(request []byte) (Reply, error) {
	if err := c.limit(); err != nil {
		return Reply{}, err
	}
	// What was consumed makes room. Bytes that came without being asked for would be taken for the next answer.
	if c.at < len(c.buf) {
		return Reply{}, fmt.Errorf("%w: bytes after the answer", errProtocol)
	}
	c.buf, c.at = c.buf[:0], 0
	n, err := c.tcp.Write(request)
	c.Out += uint64(n)
	if err != nil {
		return Reply{}, err
	}
	for range maxInterim {
		reply, err := c.read()
		if err != nil || reply.Status >= 200 {
			return reply, err
		}
		if reply.Status == 101 { // the connection would speak another protocol from here on
			return Reply{}, fmt.Errorf("%w: switched protocols", errProtocol)
		}
	}
	return Reply{}, fmt.Errorf("%w: only interim answers", errProtocol)
}

// read reads one answer, interim ones included.
func (c *Conn) read() (Reply, error) {
	head, err := c.head()
	if err != nil {
		return Reply{}, err
	}
	reply, length, chunked, err := parseHead(head)
	if err != nil {
		return Reply{}, err
	}
	reply.head = head // stays what it is even when buf moves, because the old one is then not written to again
	from := c.at
	switch {
	case reply.Status < 200 || reply.Status == 204 || reply.Status == 304:
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
		if err := c.rest(); err != nil {
			return Reply{}, err
		}
		reply.Body = c.buf[from:c.at]
	}
	return reply, nil
}

// head returns the status line and headers, up to and with the empty line.
func (c *Conn) head() ([]byte, error) {
	searched := c.at
	for {
		if i := bytes.Index(c.buf[max(c.at, searched-3):], []byte("\r\n\r\n")); i >= 0 {
			end := max(c.at, searched-3) + i + 4
			head := c.buf[c.at:end]
			c.at = end
			return head, nil
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

// chunks reads a chunked body, which is copied together. Trailers are not spoken.
func (c *Conn) chunks() ([]byte, error) {
	var body []byte
	for {
		line, err := c.line()
		if err != nil {
			return nil, err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimRight(size, " \t")), 16, 31)
		if err != nil || n > maxBody-uint64(len(body)) {
			return nil, fmt.Errorf("%w: chunk size %.20q", errProtocol, line)
		}
		if n == 0 {
			line, err := c.line()
			if err == nil && len(line) > 0 {
				err = fmt.Errorf("%w: trailers", errProtocol)
			}
			return body, err
		}
		if err := c.fill(int(n) + 2); err != nil {
			return nil, err
		}
		body = append(body, c.buf[c.at:c.at+int(n)]...)
		c.at += int(n) + 2
		if string(c.buf[c.at-2:c.at]) != "\r\n" {
			return nil, fmt.Errorf("%w: no line end after a chunk", errProtocol)
		}
	}
}

func (c *Conn) line() ([]byte, error) {
	for {
		if line, _, ok := cutLine(c.buf[c.at:]); ok {
			c.at += len(line) + 2
			return line, nil
		}
		if bytes.IndexByte(c.buf[c.at:], '\n') >= 0 {
			return nil, fmt.Errorf("%w: a line that does not end in CR LF", errProtocol)
		}
		if len(c.buf)-c.at > maxHead {
			return nil, fmt.Errorf("%w: endless line", errProtocol)
		}
		if err := c.more(); err != nil {
			return nil, err
		}
	}
}

// fill reads until n unconsumed bytes are there.
func (c *Conn) fill(n int) error {
	if n > maxBody+2 {
		return fmt.Errorf("%w: body of %d bytes", errProtocol, n)
	}
	for len(c.buf)-c.at < n {
		if err := c.more(); err != nil {
			return err
		}
	}
	return nil
}

// rest reads until the server closes.
func (c *Conn) rest() error {
	for {
		err := c.more()
		if len(c.buf)-c.at > maxBody {
			return fmt.Errorf("%w: body larger than %d bytes", errProtocol, maxBody)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			c.at = len(c.buf)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// more reads once. The end of the stream is io.ErrUnexpectedEOF: an answer was still to come.
func (c *Conn) more() error {
	if len(c.buf) > maxAnswer {
		return fmt.Errorf("%w: an answer larger than %d bytes", errProtocol, maxAnswer)
	}
	if cap(c.buf)-len(c.buf) < 1<<10 {
		c.buf = append(make([]byte, 0, 2*cap(c.buf)), c.buf...)
	}
	n, err := c.tcp.Read(c.buf[len(c.buf):cap(c.buf)])
	c.In += uint64(n)
	c.buf = c.buf[:len(c.buf)+n]
	if n > 0 {
		return nil
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
