package redis

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// link watches the connections to one Redis. rueidis sends the commands of many requests down one connection, and when
// nothing comes back it gives the connection up only after a ping of its own went unanswered; meanwhile requests queue
// behind it. Here the first command that times out while nobody else was answered closes the connections, so that the
// others fail with it and the next ones try a new one.
type link struct {
	answered  atomic.Uint64 // commands that were answered
	deadlines deadlines
	turned    atomic.Int64 // when connections were last closed for what a Redis said, as time since born
	born      time.Time
	tracker   Tracker       // nil: none
	turns     chan struct{} // one in it for each command under way, as many as fit; nil: any number

	mu    sync.Mutex
	conns map[*conn]time.Time // open ones, by when they were opened
}

// attempt is what end needs to know of begin.
type attempt struct {
	answered uint64
	began    time.Time // not later than the command
}

// begin returns the context for one command, when it is its turn; unless it fails, end must follow. The context has a
// deadline, and not ctx's cancellation, for a command takes microseconds, and nobody gains by leaving one that is on
// its way.
func (l *link) begin(ctx context.Context) (context.Context, attempt, error) {
	if err := ctx.Err(); err != nil {
		return nil, attempt{}, err
	}
	shared := l.deadlines.current()
	a := attempt{l.answered.Load(), shared.opened}
	if l.turns == nil {
		return shared.ctx, a, nil
	}
	select {
	case l.turns <- struct{}{}:
		return shared.ctx, a, nil
	case <-ctx.Done():
		return nil, a, ctx.Err()
	case <-shared.ctx.Done():
		l.note(a, shared.ctx.Err())
		return nil, a, shared.ctx.Err()
	}
}

// end takes note of how it went, and lets the next one have its turn.
func (l *link) end(a attempt, err error) {
	if l.turns != nil {
		<-l.turns
	}
	l.note(a, err)
}

// note closes the connections when it is time to. A Redis that answered others meanwhile is slow, and keeps them.
func (l *link) note(a attempt, err error) {
	switch {
	case err == nil || rueidis.IsRedisNil(err):
		l.answered.Add(1)
	case code(err) != "":
		l.answered.Add(1)
		l.heed(err, a.began)
	case timedOut(err) && l.answered.Load() == a.answered:
		l.closeOlder(a.began)
	}
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// closeOlder closes the connections from before t. Newer ones may be to a Redis that is well again.
func (l *link) closeOlder(t time.Time) {
	var old []*conn
	l.mu.Lock()
	for c, opened := range l.conns {
		if opened.Before(t) {
			old = append(old, c)
		}
	}
	l.mu.Unlock()
	for _, c := range old {
		_ = c.Close()
	}
}

// lost tells the tracker of a connection that comes or goes. It does not wait until rueidis notices: whoever was told
// that a command failed for want of a connection must not meet what was tracked over it.
func (l *link) lost() {
	if l.tracker != nil {
		l.tracker.Lost()
	}
}

// tracking adds to the options what makes Redis tell the tracker of changes: of every key that any command here reads.
func (l *link) tracking(o rueidis.ClientOption) rueidis.ClientOption {
	if o.DisableCache = l.tracker == nil; o.DisableCache {
		return o
	}
	o.ClientTrackingOptions = []string{} // and not rueidis' OPTIN, which is for a cache of its own
	o.OnInvalidations = func(keys []rueidis.RedisMessage) {
		if keys == nil {
			l.tracker.Lost()
		}
		for _, key := range keys {
			name, _ := key.ToString()
			l.tracker.Changed(name)
		}
	}
	return o
}

// window is for how long commands share a deadline.
const window = 40 * time.Millisecond

// deadlines hands out contexts that end between within and within plus a window later: a context and a timer for each
// command would be a tenth of what the command costs. They go by the real clock, for they watch a network.
type deadlines struct {
	within time.Duration
	now    atomic.Pointer[deadline]
}

type deadline struct {
	ctx    context.Context
	opened time.Time
}

func (d *deadlines) current() *deadline {
	for {
		now := time.Now()
		old := d.now.Load()
		if old != nil && now.Sub(old.opened) < window {
			return old
		}
		ctx, cancel := context.WithDeadline(context.Background(), now.Add(d.within+window))
		fresh := &deadline{ctx, now}
		if d.now.CompareAndSwap(old, fresh) {
			context.AfterFunc(ctx, cancel) // it ends by itself: whoever took it may still be waiting
			return fresh
		}
		cancel()
	}
}
