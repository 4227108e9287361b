// Package redis is a connection to one Redis that many requests share, made to fail fast: what is not answered in time
// fails, and a store that hangs takes nobody's time twice. rueidis speaks to it.
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
	// Plain gives each command a connection of a pool for itself, as most clients do, instead of sending those of concurrent requests
	// down one. It goes with no Tracker.
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
	client   rueidis.Client
	link     *link
	clock    clock
	eviction atomic.Pointer[Eviction]

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// Open connects. The error is rueidis' or the network's and holds no password.
func Open(o Options) (*Client, error) {
	if o.AnswerWithin == 0 {
		o.AnswerWithin = AnswerWithin
	}
	l := &link{conns: map[*conn]time.Time{}, deadlines: deadlines{within: o.AnswerWithin}, tracker: o.Tracker}
	if o.Plain {
		// Turns keep to the number of connections, and rueidis' pool does not: whoever waits there and gives up is counted as a
		// connection that was closed, so that there may be one more from then on, and hundreds after an outage.
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
	c := &Client{client: client, link: l, stop: stop}
	if _, err := c.ask(ctx); err != nil {
		c.Close()
		return nil, err
	}
	if _, err := c.AskEviction(ctx); err != nil {
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

// Read does a command that may be done twice: on a connection that turns out to be gone, as after a restart of the store
// while nobody asked, it is worth a second try under the same deadline.
func (c *Client) Read(ctx context.Context, build func(rueidis.Builder) rueidis.Completed) rueidis.RedisResult {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	res := c.client.Do(ctx, build(c.client.B()))
	if gone(res.NonRedisError()) {
		res = c.client.Do(ctx, build(c.client.B()))
	}
	c.link.end(since, res.NonRedisError())
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
	if gone(all[0].NonRedisError()) {
		all = c.client.DoMulti(ctx, build(c.client.B())...)
	}
	c.link.end(since, all[len(all)-1].NonRedisError())
	return all
}

// Write does commands one after the other in one round trip, each once. The error is the first there is.
func (c *Client) Write(ctx context.Context, commands ...rueidis.Completed) error {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return err
	}
	all := c.client.DoMulti(ctx, commands...)
	c.link.end(since, all[len(all)-1].NonRedisError())
	for _, res := range all {
		if err := res.Error(); err != nil {
			return err
		}
	}
	return nil
}

// Run calls a script once.
func (c *Client) Run(ctx context.Context, script *rueidis.Lua, keys, args []string) rueidis.RedisResult {
	ctx, since, err := c.link.begin(ctx)
	if err != nil {
		return rueidis.NewErrorResult(err)
	}
	res := script.Exec(ctx, c.client, keys, args)
	c.link.end(since, res.NonRedisError())
	return res
}

// Wait does a command that blocks, on a connection of its own, until it is answered or ctx ends.
func (c *Client) Wait(ctx context.Context, command rueidis.Completed) rueidis.RedisResult {
	return c.client.Do(ctx, command)
}

// Ping asks for an answer.
func (c *Client) Ping(ctx context.Context) error {
	return c.Read(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Ping().Build() }).Error()
}

// Until is the moment, in milliseconds by Redis' own clock, at which whoever asks now is told that it does not answer. A Redis that hangs
// still does what was sent to it when it goes on. A script that must not be done then is told of this moment.
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

func gone(err error) bool {
	return err != nil && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
}
