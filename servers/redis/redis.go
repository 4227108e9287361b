// Package redis is a connection to one Redis that many requests share, made to fail fast: what is not answered in time
// fails, and a store that hangs takes nobody's time twice. One that is no master any more loses its connections
// (failover.go), and one that says what no Redis says is not believed (frames.go). rueidis speaks to it.
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

// AnswerWithin is how long Redis may take unless Options say otherwise. With the window of deadlines a user sees 503
// within 300 ms of asking, and a Redis across a slow network (100 ms) still answers in time.
const AnswerWithin = 200 * time.Millisecond

const (
	// keepAlive is how often a connection without traffic is tried, to find out that it is dead before a user does.
	keepAlive = time.Second
	// plainConns is how many connections there are at most for commands that have one for themselves.
	plainConns = 64
	// waitConns is how many there are at most for commands that block.
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
	Tracker            Tracker       // nil: nobody wants to know what changes
	Rehearsal          Rehearsal     // nil: none
	// Plain gives each command a connection of a pool for itself, as most clients do, instead of sending those of
	// concurrent requests down one. It goes with no Tracker.
	Plain bool
}

// Tracker is told what happens to the keys that the client has read (CLIENT TRACKING). It is told in the order in which
// things happened, and before whoever waits for a command that Redis worked on later.
type Tracker interface {
	// Changed is called when somebody has changed a key, or it is gone: once, until it is read again.
	Changed(key string)
	// Lost is called when a connection comes or goes: nobody knows what changed meanwhile, and no key is tracked any more.
	// It may be called several times for one connection, and when Redis has lost everything.
	Lost()
}

// Client is a Redis.
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

// Open connects, and rehearses. The error is Redis', rueidis' or the network's and holds no password.
func Open(o Options) (*Client, error) {
	if o.AnswerWithin == 0 {
		o.AnswerWithin = AnswerWithin
	}
	l := &link{
		conns: map[*conn]time.Time{}, deadlines: deadlines{within: o.AnswerWithin}, tracker: o.Tracker, born: time.Now(),
	}
	if o.Plain {
		// Turns keep to the number of connections, and rueidis' pool does not: whoever waits there and gives up is counted as
		// a connection that was closed, so that there may be one more from then on, and hundreds after an outage.
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
		BlockingPoolSize:    plainConns + waitConns, // of either kind of pool: nobody waits there

		DisableAutoPipelining: o.Plain,
		DisableRetry:          true, // rueidis would go on until the context ends
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

// ErrNoTracking is in the error of Open when there is a Tracker and Redis has nothing to tell it.
var ErrNoTracking = rueidis.ErrNoCache

// B builds commands.
func (c *Client) B() rueidis.Builder { return c.client.B() }

// Read does a command that may be done twice: on a connection that turns out to be gone, as after a restart of the
// store while nobody asked, it is worth a second try under the same deadline.
func (c *Client) Read(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	res := c.client.Do(ctx, build(c.client.B()))
	for tried := 1; again(res.NonRedisError(), tried); tried++ {
		res = c.client.Do(ctx, build(c.client.B()))
	}
	c.link.end(since, res.Error())
	return res
}

// Reads is Read for several commands, one after the other in one round trip.
func (c *Client) Reads(ctx context.Context, build func(rueidis.Builder) []rueidis.Completed) []rueidis.RedisResult {
	commands := build(c.client.B())
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return slices.Repeat([]rueidis.RedisResult{rueidis.NewErrorResult(err)}, len(commands))
	}
	all := c.client.DoMulti(ctx, commands...)
	for tried := 1; again(all[0].NonRedisError(), tried); tried++ {
		all = c.client.DoMulti(ctx, build(c.client.B())...)
	}
	c.link.end(since, first(all))
	return all
}

// Write does commands one after the other in one round trip, each once. The error is the first there is.
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

// first is the first error that is more than that there is nothing, and the last that is no more, if there is any.
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

// Wait does a command that blocks, on a connection of its own, until it is answered or ctx ends. Behind it stands the
// proof that who answers is the master: it comes before the command, over the same connection.
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

// Until is the moment, in milliseconds by Redis' own clock, at which whoever asks now is told that it does not answer.
// A Redis that hangs still does what was sent to it when it goes on. A script that must not be done then is told of
// this moment.
func (c *Client) Until(ctx context.Context) (int64, error) {
	now, err := c.ask(ctx)
	if err != nil {
		return 0, err
	}
	return now.Add(c.link.deadlines.within + window).UnixMilli(), nil
}

// Close ends the connections, also one that waits.
func (c *Client) Close() {
	c.stop()
	c.link.closeOlder(time.Now().Add(time.Hour)) // than any there is
	c.client.Close()
	c.stopped.Wait()
}

// again says whether a command is worth another try. Of connections that were closed here there may be a pool full.
func again(err error, tried int) bool {
	return err != nil && (tried == 1 && gone(err) || tried <= plainConns && errors.Is(err, net.ErrClosed))
}

func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
