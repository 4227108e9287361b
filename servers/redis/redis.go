// Package redis is a connection to one Redis that many requests share. It fails fast: a command that is not answered in
// time fails, and a hung store makes no later request wait as well. It drops its connections to a Redis that is no
// longer the master (failover.go), and refuses answers that no Redis sends (frames.go). It is built on rueidis.
//
// What a command costs a replica is mostly the system calls around it, so the commands of concurrent requests share
// them (conn.Write). Tried and dropped: rueidis's MaxFlushDelay, which sleeps before it sends while several requests
// wait. With 20 µs Redis read 4.8 commands at a time instead of 2.7 (14.5 as it is now), and the replica's CPU time was
// the same.
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/rueidis"
)

// AnswerWithin is how long Redis may take by default. With the window of deadlines a user sees 503 within 300 ms of
// asking, and a Redis across a slow network (100 ms) still answers in time.
const AnswerWithin = 200 * time.Millisecond

const (
	// keepAlive is how often an idle connection is probed, to find that it is dead before a user does.
	keepAlive = time.Second
	// plainConns limits the connections for commands that have one each.
	plainConns = 64
	// waitConns limits the connections for commands that block.
	waitConns = 64
	// bufferBytes is the size of a connection's two buffers, where rueidis' default is 1 MiB.
	bufferBytes = 32 << 10
)

// Options say where the Redis is.
type Options struct {
	Address            string // host:port
	Username, Password string
	DB                 int
	TLS                *tls.Config   // nil: plain TCP
	AnswerWithin       time.Duration // 0: the constant of that name
	Tracker            Tracker       // nil: no tracking
	Rehearsal          Rehearsal     // nil: none
	// Plain gives each command its own connection from a pool, as most clients do, instead of sending those of concurrent
	// requests over one. It excludes a Tracker.
	Plain bool
}

// Tracker is told what happens to the keys that the client has read (CLIENT TRACKING). It is told in the order of
// events, and before the caller of any command that Redis executed later.
type Tracker interface {
	// Changed is called when a client has changed a key, or the key is gone: once, until it is read again.
	Changed(key string)
	// Lost is called when a connection opens or closes: changes may have been missed, and no key is tracked any more. It
	// may be called several times for one connection, and when Redis has lost everything.
	Lost()
}

// Client is a client of one Redis.
type Client struct {
	client    rueidis.Client
	link      *link
	clock     clock
	eviction  atomic.Pointer[Eviction]
	rehearsal Rehearsal
	full      atomic.Bool // when Ready last asked

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// Open connects, and rehearses. The error comes from Redis, rueidis or the network, and holds no password.
func Open(o Options) (*Client, error) {
	if o.AnswerWithin == 0 {
		o.AnswerWithin = AnswerWithin
	}
	l := &link{
		conns: map[*conn]time.Time{}, deadlines: deadlines{within: o.AnswerWithin}, tracker: o.Tracker, born: time.Now(),
	}
	if o.Plain {
		// Turns respect the number of connections, and rueidis's pool does not: it counts a caller that gives up waiting as a
		// closed connection. Each then allows one connection more, hundreds after an outage.
		l.turns = make(chan struct{}, plainConns)
	}
	client, err := rueidis.NewClient(l.tracking(rueidis.ClientOption{
		InitAddress: []string{o.Address},
		Username:    o.Username, Password: o.Password, SelectDB: o.DB, TLSConfig: o.TLS,
		DialCtxFn:           l.dial,
		Dialer:              net.Dialer{Timeout: o.AnswerWithin, KeepAlive: keepAlive}, // the handshake counts too
		ConnWriteTimeout:    o.AnswerWithin,
		ReadBufferEachConn:  bufferBytes,
		WriteBufferEachConn: bufferBytes,
		ForceSingleClient:   true,
		PipelineMultiplex:   -1,                     // one connection: commands of concurrent requests share its system calls
		BlockingPoolSize:    plainConns + waitConns, // of either kind of pool: no command waits there

		DisableAutoPipelining: o.Plain,
		DisableRetry:          true, // rueidis would retry until the context ends
		ClientSetInfo:         rueidis.DisableClientSetInfo,
	}))
	if err != nil {
		if client != nil {
			client.Close()
		}
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{client: client, link: l, stop: stop, rehearsal: o.Rehearsal}
	if _, err = c.ask(ctx); err == nil {
		_, err = c.AskEviction(ctx)
	}
	if err == nil {
		err = c.rehearse(ctx)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	c.stopped.Go(func() { c.keepAsking(ctx) })
	return c, nil
}

// ErrNoTracking is in the error of Open when there is a Tracker but Redis cannot report changes.
var ErrNoTracking = rueidis.ErrNoCache

// B returns a command builder.
func (c *Client) B() rueidis.Builder { return c.client.B() }

// Read runs a command that may run twice: if its connection turns out to be gone, as after a restart of an idle store,
// it gets a second try under the same deadline.
func (c *Client) Read(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	res := c.client.Do(ctx, build(c.client.B()))
	for tried := 1; c.again(res.NonRedisError(), tried, &since); tried++ {
		res = c.client.Do(ctx, build(c.client.B()))
	}
	c.link.end(since, res.Error())
	return res
}

// Reads is Read for several commands in one round trip.
func (c *Client) Reads(ctx context.Context, build func(rueidis.Builder) []rueidis.Completed) []rueidis.RedisResult {
	commands := build(c.client.B())
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return slices.Repeat([]rueidis.RedisResult{rueidis.NewErrorResult(err)}, len(commands))
	}
	all := c.client.DoMulti(ctx, commands...)
	for tried := 1; c.again(all[0].NonRedisError(), tried, &since); tried++ {
		all = c.client.DoMulti(ctx, build(c.client.B())...)
	}
	c.link.end(since, first(all))
	return all
}

// Write runs commands in order in one round trip, each once. It returns the first error.
func (c *Client) Write(ctx context.Context, commands ...rueidis.Completed) error {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return err
	}
	all := c.client.DoMulti(ctx, commands...)
	err = first(all)
	c.link.end(since, err)
	return err
}

// first returns the first real error, else the last "no such key", if any.
func first(all []rueidis.RedisResult) (err error) {
	for _, res := range all {
		if e := res.Error(); e != nil {
			if err = e; !rueidis.IsRedisNil(e) {
				return err
			}
		}
	}
	return err
}

// Run calls a script once.
func (c *Client) Run(ctx context.Context, script *rueidis.Lua, keys, args []string) rueidis.RedisResult {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	res := script.Exec(ctx, c.client, keys, args)
	c.link.end(since, res.Error())
	return res
}

// Wait runs a blocking command on its own connection until it is answered or ctx ends. A proof that the other end is
// the master precedes it over the same connection.
func (c *Client) Wait(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	began := time.Now()
	all := c.client.DoMulti(ctx, proof(c.client.B()), command)
	if err := proven(all[0].Error()); err != nil {
		c.link.heed(err, began)
		return rueidis.NewErrorResult(err)
	}
	c.link.heed(all[1].Error(), began)
	return all[1]
}

// Until returns the moment, in milliseconds by Redis's clock, at which a caller who asks now is told that Redis does
// not answer. A hung Redis still executes what was sent to it once it resumes. A script that must not run then is given
// this moment.
func (c *Client) Until(ctx context.Context) (int64, error) {
	now, err := c.ask(ctx)
	if err != nil {
		return 0, err
	}
	return now.Add(c.link.deadlines.within + window).UnixMilli(), nil
}

// Opened is how many connections were opened. Another one may lead to another Redis, or to one that was started again.
func (c *Client) Opened() uint64 { return c.link.opened.Load() }

// Close closes the connections, including one that waits.
func (c *Client) Close() {
	c.stop()
	c.link.closeOlder(time.Now().Add(time.Hour)) // newer than all
	c.client.Close()
	c.stopped.Wait()
}

// again reports whether a command deserves another try. A pool may be full of connections that were closed here, or by
// a Redis that was started again: each try passes one, and the next opens its own. What closes new connections too is
// not asked more than once. A command that has waited for a silent Redis deserves no other try: a new connection would
// keep it waiting once more.
func (c *Client) again(err error, tried int, a *attempt) bool {
	switch {
	case err == nil, tried > plainConns, c.link.silentSince(a.began):
		return false
	case tried == 1:
		a.older = c.link.olderThan(a.asked)
	}
	return errors.Is(err, net.ErrClosed) || gone(err) && tried <= 1+a.older
}

func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
