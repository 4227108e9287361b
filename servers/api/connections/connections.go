// Package connections limits how many connections a server holds, so that idle connections keep no client out.
//
// Idle clients can use up a plain limit: each keeps its place for as long as the server lets a connection idle, and
// meanwhile no other client gets in. Here they keep their places only until a newcomer needs one. The first to go is
// the oldest connection that has sent no request within a patience since it was opened, or else the one that has been
// idle longest. If all have a request, the one goes that has waited for its client for a patience: for the rest of a
// body, or to take the answer. A connection whose request is being worked on is never closed for another, so if all
// are, newcomers wait.
package connections

import (
	"context"
	"math"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Idle is how long a server keeps an idle connection. Every proxy before a server must close its own idle connections
// sooner. A request that it sends on one that the server is about to close is lost, and only the client can know
// whether it may be sent again (RFC 9112 section 9.3.1).
const Idle = 2 * time.Minute

// Listener is a listener with a limit. Its server must report to it:
//
//	l := connections.Limit(inner, 10_000, time.Second)
//	l.Watch(server)
//	server.Serve(l)
type Listener struct {
	net.Listener
	max      int
	patience time.Duration
	room     chan struct{} // something that an Accept may wait for has changed
	closed   chan struct{}
	close    sync.Once

	mu    sync.Mutex
	open  int
	idle  queue // those that were answered, by when
	fresh queue // those without a request so far, by when they came
	busy  queue // those with a request, by when it came
}

// Limit limits the connections of l. It is for a single server, which accepts in one goroutine.
func Limit(l net.Listener, most int, patience time.Duration) *Listener {
	return &Listener{
		Listener: l, max: most, patience: patience, room: make(chan struct{}, 1), closed: make(chan struct{}),
	}
}

// Open returns how many connections there are.
func (l *Listener) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// Accept returns the next connection once there is room for it. It holds one beyond the limit meanwhile: another
// connection is worth closing only when a newcomer has arrived.
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
			_ = victim.Close() // it no longer counts either way
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

// Close makes Accept fail. Accepted connections stay open.
func (l *Listener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// admit counts c in, or returns which connection to close for it, or else how long to wait at most before asking again.
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
	wait = math.MaxInt64 // until room has a signal
	if c := l.fresh.first; c != nil {
		if wait = c.since.Add(l.patience).Sub(now); wait <= 0 {
			return c, 0
		}
	}
	if l.idle.first != nil {
		return l.idle.first, wait
	}
	stalled, after := l.stalled(now)
	return stalled, min(wait, after)
}

// stalled returns the connection that has waited for its client since an earlier look, a patience ago or longer; or
// else how soon another look is worthwhile. Only a newcomer that finds no place looks: requests pay nothing for it.
// Sending bit by bit gains nothing, because the time runs until the request is over.
func (l *Listener) stalled(now time.Time) (victim *conn, wait time.Duration) {
	wait = max(l.patience, time.Millisecond)
	for c := l.busy.first; c != nil; c = c.next {
		if c.gone || c.waiting.Load() == 0 {
			continue
		}
		if c.noticed.IsZero() {
			c.noticed = now
		}
		left := c.noticed.Add(l.patience).Sub(now)
		if left <= 0 {
			return c, 0
		}
		wait = min(wait, left)
	}
	return nil, wait
}

// Watch makes server report to l. Call it before the server serves.
func (l *Listener) Watch(server *http.Server) {
	server.ConnState = l.track
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
}

type connKey struct{}

func (l *Listener) track(c net.Conn, state http.ConnState) {
	own, ok := c.(*conn)
	if !ok || state == http.StateNew {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	own.leaveQueue()
	own.noticed = time.Time{}
	switch {
	case state == http.StateActive: // even if closed already: until its request is over, that is in flight
		l.busy.push(own)
	case state == http.StateIdle && !own.gone:
		l.idle.push(own)
		l.wake()
	}
}

// requests returns how many are in flight, and how many of them do not wait for their clients.
func (l *Listener) requests() (all, working int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := l.busy.first; c != nil; c = c.next {
		all++
		if c.waiting.Load() == 0 {
			working++
		}
	}
	return all, working
}

// wake never blocks: one signal is enough to make a waiter look again.
func (l *Listener) wake() {
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// conn is an accepted connection. The listener's mutex guards the fields after waiting.
type conn struct {
	net.Conn
	listener   *Listener
	waiting    atomic.Int32 // above 0 while its request waits for the client to send or take more
	since      time.Time    // when it came
	noticed    time.Time    // when its request was first found waiting
	gone       bool
	in         *queue
	prev, next *conn
}

// Write implements net.Conn. It returns at once if the client takes the answer.
func (c *conn) Write(p []byte) (int, error) {
	c.waiting.Add(1)
	n, err := c.Conn.Write(p)
	c.waiting.Add(-1)
	return n, err
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
	if c.in != &l.busy {
		c.leaveQueue()
	}
	l.open--
	l.wake()
	return err
}

// queue is an intrusive list of connections: a request costs no allocation here.
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
