package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// conn is a connection that its link knows while it is open.
type conn struct {
	net.Conn
	link *link

	asked    atomic.Int64 // commands that were sent
	out      frames       // of the one who writes
	answered int64        // answers that came: of the one who reads, as is what follows
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

// Read refuses what no Redis says: the client library would end the program over it.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	begun, odd := c.in.feed(p[:n])
	if c.answered += int64(begun); odd == nil && c.answered > c.asked.Load() {
		odd = fmt.Errorf("an answer to nothing that was asked")
	}
	if odd != nil {
		_ = c.Close()
		return 0, fmt.Errorf("this is no answer of a Redis: %w", odd)
	}
	return n, err
}

// Write counts the commands.
func (c *conn) Write(p []byte) (int, error) {
	begun, err := c.out.feed(p)
	if err != nil {
		return 0, fmt.Errorf("this is no command for a Redis: %w", err)
	}
	c.asked.Add(int64(begun))
	return c.Conn.Write(p)
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
	l.lost()
	return c, nil
}
