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

// link watches the connections to one Redis. rueidis sends the commands of many requests over one connection. When
// nothing comes back, it gives the connection up only after its own ping goes unanswered; meanwhile requests queue
// behind it. Here the first command that times out while no other command was answered closes the connections. The
// others then fail with it, and the next ones try a new connection.
type link struct {
	answered  atomic.Uint64 // commands that were answered
	opened    atomic.Uint64 // connections that were opened
	deadlines deadlines
	turned    atomic.Int64 // when a refusal last closed connections, as time since born
	silent    atomic.Int64 // when silence last closed connections, as time since born
	born      time.Time
	tracker   Tracker       // nil: none
	turns     chan struct{} // one element for each command in progress, up to a limit; nil: unlimited

	mu    sync.Mutex
	conns map[*conn]time.Time // open ones, by when they were opened
}

// attempt is what begin passes to end.
type attempt struct {
	answered uint64
	began    time.Time // not later than the command
	asked    time.Time // when the command's turn was asked for
	older    int       // connections open at its first failure that are older than the command
}

// begin returns the context for one command when its turn comes; unless it fails, end must follow. The context has a
// deadline but does not inherit ctx's cancellation: a command takes microseconds, and abandoning one in progress gains
// nothing.
func (l *link) begin(ctx context.Context) (context.Context, attempt, error) {
	if err := ctx.Err(); err != nil {
		return nil, attempt{}, err
	}
	shared, now := l.deadlines.current()
	a := attempt{answered: l.answered.Load(), began: shared.opened, asked: now}
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

// end records the outcome, and gives the turn to the next command.
func (l *link) end(a attempt, err error) {
	if l.turns != nil {
		<-l.turns
	}
	l.note(a, err)
}

// note closes the connections when they seem dead. A Redis that answered others meanwhile is only slow, and keeps them.
func (l *link) note(a attempt, err error) {
	switch {
	case err == nil || rueidis.IsRedisNil(err):
		l.answered.Add(1)
	case code(err) != "":
		l.answered.Add(1)
		l.heed(err, a.began)
	case timedOut(err) && l.answered.Load() == a.answered:
		l.silent.Store(int64(time.Since(l.born)))
		l.closeOlder(a.began)
	}
}

// silentSince reports whether the connections were closed since t because nothing came back.
func (l *link) silentSince(t time.Time) bool { return l.silent.Load() > int64(t.Sub(l.born)) }

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// closeOlder closes the connections older than t. Newer ones may lead to a Redis that has recovered.
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

// olderThan counts the open connections that were opened before t. A connection that failed is not open.
func (l *link) olderThan(t time.Time) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, opened := range l.conns {
		if opened.Before(t) {
			n++
		}
	}
	return n
}

// lost tells the tracker of a connection that opens or closes. It does not wait until rueidis notices: once a caller is
// told that a command failed for lack of a connection, it must not meet what was tracked over it.
func (l *link) lost() {
	if l.tracker != nil {
		l.tracker.Lost()
	}
}

// tracking sets the options that make Redis tell the tracker of changes to every key that any command here reads.
func (l *link) tracking(o rueidis.ClientOption) rueidis.ClientOption {
	if o.DisableCache = l.tracker == nil; o.DisableCache {
		return o
	}
	o.ClientTrackingOptions = []string{} // not rueidis's OPTIN, which is for its own cache
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

// window is how long commands share a deadline.
const window = 40 * time.Millisecond

// deadlines hands out contexts that end between within and within plus a window later. A context and a timer for each
// command would cost a tenth of the command. They use the real clock, because they watch a network.
type deadlines struct {
	within time.Duration
	now    atomic.Pointer[deadline]
}

type deadline struct {
	ctx    context.Context
	opened time.Time
}

// current returns the context of a command that begins now, and now.
func (d *deadlines) current() (*deadline, time.Time) {
	for {
		now := time.Now()
		old := d.now.Load()
		if old != nil && now.Sub(old.opened) < window {
			return old, now
		}
		ctx, cancel := context.WithDeadline(context.Background(), now.Add(d.within+window))
		fresh := &deadline{ctx, now}
		if d.now.CompareAndSwap(old, fresh) {
			context.AfterFunc(ctx, cancel) // not cancel: callers may still be waiting on it
			return fresh, now
		}
		cancel()
	}
}
