package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// chunks reads a chunked body into one slice, and drops the trailers.
func (c *Conn) chunks() ([]byte, error) {
	var body []byte
	padding := 0
	for {
		line, err := c.line(maxChunkLine)
		if err != nil {
			return nil, err
		}
		size, _, _ := bytes.Cut(bytes.TrimRight(line, " \t"), []byte(";"))
		n, err := strconv.ParseUint(string(size), 16, 31)
		if err != nil || len(size) > 16 || bytes.IndexByte(line, '\r') >= 0 || n > maxBody-uint64(len(body)) {
			return nil, fmt.Errorf("%w: chunk size %.20q", errProtocol, line)
		}
		if n == 0 {
			return body, c.trailers()
		}
		// A few bytes of body in each long line are not an honest way to send a body. They only keep the reader busy.
		if padding = max(0, padding+len(line)+2-16-2*int(n)); padding > maxPadding {
			return nil, fmt.Errorf("%w: more chunks than body", errProtocol)
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

// trailers reads the headers after a chunked body, up to and including the empty line.
func (c *Conn) trailers() error {
	for left := maxTrailer; ; {
		line, err := c.line(left)
		if err != nil || len(line) == 0 {
			return err
		}
		if _, _, err := header(line); err != nil {
			return err
		}
		left -= len(line) + 2
	}
}

// line reads a line of at most limit bytes.
func (c *Conn) line(limit int) ([]byte, error) {
	for {
		rest := c.buf[c.at:]
		line, _, ok := cutLine(rest)
		switch {
		case ok && len(line) < limit:
			c.at += len(line) + 2
			return line, nil
		case !ok && bytes.IndexByte(rest, '\n') >= 0:
			return nil, fmt.Errorf("%w: a line that does not end in CR LF", errProtocol)
		case len(rest) > limit:
			return nil, fmt.Errorf("%w: a line of more than %d bytes", errProtocol, limit)
		}
		if err := c.more(); err != nil {
			return nil, err
		}
	}
}

// fill reads until n unconsumed bytes are available.
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

// more reads once. The end of the stream is io.ErrUnexpectedEOF: an answer was still due.
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
