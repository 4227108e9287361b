// Package wire is a lean HTTP/1.1 client: one request after another over one connection, in the caller's goroutine. A load
// generator that costs more than the server it loads cannot saturate it; net/http hands each request over to two other
// goroutines.
package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Limits of one answer, and how long it may take to come.
const (
	maxHead       = 64 << 10
	maxBody       = 1 << 20
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
}

// Values returns every value of a header of the answer; name is in lower case.
func (r Reply) Values(name string) [][]byte {
	var all [][]byte
	for head := r.head; head != nil; {
		var v []byte
		v, head = next(head, name)
		if v != nil {
			all = append(all, v)
		}
	}
	return all
}

// Reply is an answer. Its slices are valid until the next request on the same connection.
type Reply struct {
	Status  int
	Replica []byte // X-Replica
	Body    []byte
	head    []byte
	close   bool
}

// New returns a connection to a host and port. It connects with the first request, and again after an error.
func New(addr string) *Conn { return &Conn{addr: addr, buf: make([]byte, 0, 8<<10)} }

// Do sends a request, which must be complete, and reads its answer. After an error the connection is gone, and nobody
// knows whether the server acted on the request.
func (c *Conn) Do(request []byte) (Reply, error) {
	if err := c.connect(); err != nil {
		return Reply{}, err
	}
	reply, err := c.exchange(request)
	if err != nil || reply.close {
		c.Close()
	}
	return reply, err
}

func (c *Conn) connect() error {
	if c.tcp != nil {
		return nil
	}
	tcp, err := net.DialTimeout("tcp", c.addr, dialTimeout)
	if err != nil {
		return err
	}
	c.tcp, c.buf, c.at, c.deadline = tcp, c.buf[:0], 0, time.Time{}
	return nil
}

// Close gives the connection up.
func (c *Conn) Close() {
	if c.tcp != nil {
		c.tcp.Close()
		c.tcp = nil
	}
}

func (c *Conn) exchange(request []byte) (Reply, error) {
	// Moving the deadline costs a timer; moving it rarely costs nothing, and only makes the limit less exact.
	if now := time.Now(); c.deadline.Sub(now) < answerTimeout/2 {
		c.deadline = now.Add(answerTimeout)
		if err := c.tcp.SetDeadline(c.deadline); err != nil {
			return Reply{}, err
		}
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
	for {
		reply, err := c.read()
		if err != nil || reply.Status >= 200 {
			return reply, err
		}
		if reply.Status == 101 { // the connection would speak another protocol from here on
			return Reply{}, fmt.Errorf("%w: switched protocols", errProtocol)
		}
	}
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
	// buf may move while the body arrives, so that what points into it is found again by its place.
	start := c.at - len(head)
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
	reply.head = c.buf[start : start+len(head)]
	reply.Replica = value(reply.head, "x-replica")
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
		if i := bytes.Index(c.buf[c.at:], []byte("\r\n")); i >= 0 {
			line := c.buf[c.at : c.at+i]
			c.at += i + 2
			return line, nil
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

// parseHead takes the status line and the headers that frame the body apart. length is -1 when there is none.
func parseHead(head []byte) (reply Reply, length int, chunked bool, err error) {
	if len(head) < len("HTTP/1.1 200\r\n") || !bytes.HasPrefix(head, []byte("HTTP/1.")) || head[8] != ' ' ||
		head[12] != ' ' && head[12] != '\r' {
		return reply, 0, false, fmt.Errorf("%w: status line %.20q", errProtocol, head)
	}
	if bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) {
		return reply, 0, false, fmt.Errorf("%w: a line that does not end in CR LF", errProtocol)
	}
	reply.close = head[7] == '0'
	reply.Status, err = strconv.Atoi(string(head[9:12]))
	if err != nil || reply.Status < 100 {
		return reply, 0, false, fmt.Errorf("%w: status line %.20q", errProtocol, head)
	}
	length = -1
	if v := value(head, "content-length"); v != nil {
		length, err = strconv.Atoi(string(v))
		if err != nil || length < 0 || v[0] == '+' {
			return reply, 0, false, fmt.Errorf("%w: content-length %.20q", errProtocol, v)
		}
	}
	if v := value(head, "transfer-encoding"); v != nil {
		if chunked = bytes.EqualFold(v, []byte("chunked")); !chunked || length >= 0 {
			return reply, 0, false, fmt.Errorf("%w: transfer-encoding %.20q", errProtocol, v)
		}
	}
	if bytes.EqualFold(value(head, "connection"), []byte("close")) {
		reply.close = true
	}
	return reply, length, chunked, nil
}

// value finds a header's first value; name is in lower case. Headers of this lab's answers are few and short, so looking
// through them costs less than a map would.
func value(head []byte, name string) []byte {
	v, _ := next(head, name)
	return v
}

// next finds a header's next value in what follows the first line end of head, and returns what comes after it.
func next(head []byte, name string) (v, rest []byte) {
	for {
		i := bytes.IndexByte(head, '\n')
		if i < 0 {
			return nil, nil
		}
		head = head[i+1:]
		if len(head) > len(name) && head[len(name)] == ':' && equalFold(head[:len(name)], name) {
			line := head[len(name)+1:]
			if end := bytes.IndexByte(line, '\r'); end >= 0 {
				line = line[:end]
			}
			return bytes.Trim(line, " \t"), head
		}
	}
}

func equalFold(b []byte, lower string) bool {
	for i := range lower {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// Word names the kind of an error of Do in a word: timeout, refused, reset, closed, protocol or network.
func Word(err error) string {
	switch {
	case errors.Is(err, errProtocol):
		return "protocol"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	default:
		return "network"
	}
}
