package store

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/rueidis"
)

// AnswerWithin is how long the store may take unless RedisOptions say otherwise. A command that is not answered by then
// (plus a window, see deadlines) fails; a user sees 503 within 300 ms of asking. A store across a slow network (100 ms)
// still answers in time.
const AnswerWithin = 200 * time.Millisecond

const (
	window = 40 * time.Millisecond
	// keepAlive is how often rueidis pings a connection without traffic, to find out that it is dead before a user does.
	keepAlive = time.Second
	// bufferBytes is the size of a connection's two buffers; a record has a few hundred bytes. rueidis' default is 1 MiB.
	bufferBytes = 32 << 10
)

// RedisOptions say where the Redis is.
type RedisOptions struct {
	Address            string // host:port
	Username, Password string
	DB                 int
	TLS                *tls.Config   // nil: plain TCP
	AnswerWithin       time.Duration // 0: the constant of that name
	Lifetimes
	Now func() time.Time
}

// NewRedis connects. The error is rueidis' or the network's and holds no password.
func NewRedis(o RedisOptions) (*Redis, error) {
	if o.AnswerWithin == 0 {
		o.AnswerWithin = AnswerWithin
	}
	link := &link{conns: map[*conn]time.Time{}, deadlines: deadlines{within: o.AnswerWithin}}
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{o.Address},
		Username:    o.Username, Password: o.Password, SelectDB: o.DB, TLSConfig: o.TLS,
		DialCtxFn:           link.dial,
		Dialer:              net.Dialer{Timeout: o.AnswerWithin, KeepAlive: keepAlive}, // the handshake counts too
		ConnWriteTimeout:    o.AnswerWithin,
		ReadBufferEachConn:  bufferBytes,
		WriteBufferEachConn: bufferBytes,
		ForceSingleClient:   true, // the scripts need one
		PipelineMultiplex:   -1,   // one connection: commands of concurrent requests share its system calls
		DisableRetry:        true, // rueidis would go on until the context ends; Touch retries what is safe, once
		DisableCache:        true, // no near cache in this row, and miniredis has no CLIENT TRACKING
		ClientSetInfo:       rueidis.DisableClientSetInfo,
	})
	if err != nil {
		if client != nil {
			client.Close()
		}
		return nil, err
	}
	return &Redis{
		client: client, link: link, life: o.Lifetimes, now: o.Now,
		idleMS: milliseconds(o.Idle), indexMS: milliseconds(o.Absolute + o.Idle),
	}, nil
}

// brokenWhileIdle reports whether a connection turned out to be gone, as after a restart of the store. A command that
// may be done twice is then worth a second try on a new connection, under the same deadline.
func brokenWhileIdle(err error) bool {
	return err != nil && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
}

// link watches the connections to one store. rueidis sends the commands of many requests down one connection and, when
// the store hangs, gives up on the connection only after a ping went unanswered; until then requests pile up behind it.
// Here the first command that times out closes the connections, so that all the others fail at once.
type link struct {
	answered  atomic.Uint64 // commands that were answered
	deadlines deadlines

	mu    sync.Mutex
	conns map[*conn]time.Time // open ones, and since when
}

// attempt is what end needs to know of a begin.
type attempt struct {
	answered uint64
	deadline time.Time
}

// begin returns the context to run one command under. It carries a deadline but not the cancellation of ctx: a command
// takes microseconds, and abandoning one that is in the pipeline saves nobody any work.
func (l *link) begin(ctx context.Context) (context.Context, attempt, error) {
	if err := ctx.Err(); err != nil {
		return nil, attempt{}, err
	}
	w := l.deadlines.current()
	return w.ctx, attempt{answered: l.answered.Load(), deadline: w.ends}, nil
}

// end notes how it went. A store that answered others meanwhile is slow and keeps its connections; one that answered
// nobody hangs.
func (l *link) end(a attempt, err error) {
	if err == nil {
		l.answered.Add(1)
		return
	}
	if isTimeout(err) && l.answered.Load() == a.answered {
		l.closeBefore(a.deadline.Add(-l.deadlines.within))
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// closeBefore closes the connections that were open by then. Newer ones may be to a store that has recovered.
func (l *link) closeBefore(t time.Time) {
	var stale []*conn
	l.mu.Lock()
	for c, since := range l.conns {
		if since.Before(t) {
			stale = append(stale, c)
		}
	}
	l.mu.Unlock()
	for _, c := range stale {
		_ = c.Close()
	}
}

// conn is a connection that leaves its link's list when it is closed.
type conn struct {
	net.Conn
	link *link
}

func (c *conn) Close() error {
	c.link.mu.Lock()
	delete(c.link.conns, c)
	c.link.mu.Unlock()
	return c.Conn.Close()
}

func (l *link) dial(ctx context.Context, addr string, d *net.Dialer, conf *tls.Config) (net.Conn, error) {
	var raw net.Conn
	var err error
	if conf != nil {
		raw, err = (&tls.Dialer{NetDialer: d, Config: conf}).DialContext(ctx, "tcp", addr)
	} else {
		raw, err = d.DialContext(ctx, "tcp", addr)
	}
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw, link: l}
	l.mu.Lock()
	l.conns[c] = time.Now()
	l.mu.Unlock()
	return c, nil
}

// deadlines hands out contexts with a deadline. Commands that begin within the same window share one, which ends
// between `within` and `within` plus a window later: a context and a timer of its own for each command would be a
// tenth of what the command costs. It uses the real clock, for it watches the network and not credentials.
type deadlines struct {
	within time.Duration
	now    atomic.Pointer[shared]
}

type shared struct {
	ctx    context.Context
	cancel context.CancelFunc
	opened time.Time
	ends   time.Time
}

func (d *deadlines) current() *shared {
	for {
		now := time.Now()
		old := d.now.Load()
		if old != nil && now.Sub(old.opened) < window {
			return old
		}
		fresh := &shared{opened: now, ends: now.Add(d.within + window)}
		fresh.ctx, fresh.cancel = context.WithDeadline(context.Background(), fresh.ends)
		if d.now.CompareAndSwap(old, fresh) {
			return fresh // it ends by itself: whoever began in its window may still be waiting
		}
		fresh.cancel()
	}
}
