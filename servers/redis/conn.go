package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"time"
)

// conn is a connection, known to its link while open.
type conn struct {
	net.Conn
	link *link

	asked    atomic.Int64 // commands that were sent
	out      frames       // used by the writer only
	answered int64        // answers that came; the reader's, as are the fields below
	in       frames
}

func (c *conn) Close() error {
	c.link.mu.Lock()
	delete(c.link.conns, c)
	c.link.mu.Unlock()
	err := c.Conn.Close()
	c.link.lost()
	return err
}

// Read refuses what no Redis sends: the client library would crash the program on it.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	begun, odd := c.in.feed(p[:n])
	if c.answered += int64(begun); odd == nil && c.answered > c.asked.Load() {
		odd = fmt.Errorf("an answer without a command")
	}
	if odd != nil {
		_ = c.Close()
		return 0, fmt.Errorf("not an answer of a Redis: %w", odd)
	}
	return n, err
}

// Write counts the commands, and then lets other goroutines run. rueidis's writer sends what is queued as soon as it
// finds no more. The first of many requests that are ready wakes it, so on one core it would send their commands one by
// one. While it yields, the others queue theirs, and the next write has them all. No command waits for that: it is sent
// before.
func (c *conn) Write(p []byte) (int, error) {
	begun, err := c.out.feed(p)
	if err != nil {
		return 0, fmt.Errorf("not a command for a Redis: %w", err)
	}
	c.asked.Add(int64(begun))
	n, err := c.Conn.Write(p)
	runtime.Gosched()
	return n, err
}

func (l *link) dial(ctx context.Context, address string, d *net.Dialer, conf *tls.Config) (net.Conn, error) {
	dial := d.DialContext
	if conf != nil {
		dial = (&tls.Dialer{NetDialer: d, Config: conf}).DialContext
	}
	raw, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, link: l}
	l.mu.Lock()
	l.conns[c] = time.Now()
	l.mu.Unlock()
	l.opened.Add(1) // before any command on it
	l.lost()
	return c, nil
}
