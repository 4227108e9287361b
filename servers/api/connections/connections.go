// Package connections bounds how many connections a server holds, so that those which do nothing keep nobody out.
//
// A plain limit can be used up by clients that ask nothing: each keeps its place for as long as the server lets a
// connection idle, and meanwhile nobody else gets in. Here they hold their places only until somebody else wants one:
// then the oldest connection goes that has not sent a request within a patience since it was opened, or else the one
// that has been idle for the longest time. A connection with a request is never closed for another, so when all of them
// have one, newcomers wait.
package connections

import (
	"math"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listener is a listener with a limit. Its server must report to it:
//
//	l := connections.Limit(inner, 10_000, time.Second)
//	server.ConnState = l.Track
//	server.Serve(l)
type Listener struct {
	net.Listener
	max      int
	patience time.Duration
	room     chan struct{} // something has changed that an Accept may be waiting for
	closed   chan struct{}
	close    sync.Once

	mu    sync.Mutex
	open  int
	idle  queue // those that were answered, by when
	fresh queue // those without a request so far, by when they came
}

// Limit bounds the connections of l. For one server only, which accepts in one goroutine.
func Limit(l net.Listener, most int, patience time.Duration) *Listener {
	return &Listener{
		Listener: l, max: most, patience: patience, room: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

// Open is how many connections there are.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// Accept returns the next connection once there is room for it. One is held beyond the limit meanwhile: only when
// somebody has come is it worth closing another's connection.
func (l *Listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, listener: l}
	for {
		victim, wait := l.admit(c)
		switch {
		case victim != nil:
			_ = victim.Close() // it is out either way
			continue
		case wait == 0:
			return c, nil
		}
		select {
		case <-l.room:
		case <-time.After(wait):
		case <-l.closed:
			inner.Close()
			return nil, net.ErrClosed
		}
	}
}

// Close makes Accept fail. What was accepted stays open.
func (l *Listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// admit counts c in, or says whom to close for it, or else how long to wait at most before asking again.
func (l *Listener) admit(c *conn) (victim *conn, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.open < l.max {
		l.open++
		c.since = now
		l.fresh.push(c)
		return nil, 0
	}
	wait = math.MaxInt64 // until room says so
	if c := l.fresh.first; c != nil {
		if wait = c.since.Add(l.patience).Sub(now); wait <= 0 {
			return c, 0
		}
	}
	return l.idle.first, wait
}

// Track is the server's ConnState.
func (l *Listener) Track(c net.Conn, state http.ConnState) {
	own, ok := c.(*conn)
	if !ok || state == http.StateNew {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	own.leaveQueue()
	if state == http.StateIdle && !own.gone {
		l.idle.push(own)
		l.wake()
	}
}

// wake never blocks: one note is enough for who waits to look again.
func (l *Listener) wake() {
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// conn is a connection that was accepted. What follows listener is guarded by its mutex.
type conn struct {
	net.Conn
	listener   *Listener
	since      time.Time // when it came
	gone       bool
	in         *queue
	prev, next *conn
}

// Close gives the connection's place up, once.
func (c *conn) Close() error {
	err := c.Conn.Close()
	l := c.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.gone {
		return err
	}
	c.gone = true
	c.leaveQueue()
	l.open--
	l.wake()
	return err
}

// queue is a list of connections through the connections themselves: a request costs no allocation here.
type queue struct{ first, last *conn }

func (q *queue) push(c *conn) {
	c.in, c.prev = q, q.last
	if q.last == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
}

func (c *conn) leaveQueue() {
	q := c.in
	if q == nil {
		return
	}
	if c.prev == nil {
		q.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		q.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.in, c.prev, c.next = nil, nil, nil
}
