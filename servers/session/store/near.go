package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/user"
)

// Near is Redis with a cache in this process, so that most requests ask no store. Redis reports over the same
// connection when a session that was read there has changed (CLIENT TRACKING), and the cache drops it.
//
// This replica, not the network, bounds how long a change may be missed. It has Redis prove over that connection that
// it is the master, and the proof arrives after everything that changed before. If the last proof was requested too
// long ago, nothing is taken from the cache, and every request asks Redis. A connection that opens or closes empties
// the cache.
//
// This replica's own changes take effect here at once: a change is done when a later proof has arrived.
type Near struct {
	*Redis
	cache  *cache
	within time.Duration
	now    func() time.Time // measures how long a session was used here: only differences count, so any clock will do
	log    *slog.Logger

	born  time.Time
	heard atomic.Int64 // when the last proof was requested, as time since born: real time, not the credentials' clock
	lost  bool         // used by listen alone

	stop    context.CancelFunc
	stopped sync.WaitGroup
}

var _ Backend = (*Near)(nil)

// NearOptions say how many sessions a Near caches and how old they may be.
type NearOptions struct {
	RedisOptions               // Throttle is how long a session may be used before Redis must hear of it
	Within       time.Duration // limits how long a session ended elsewhere may still work here
	Max          int           // sessions cached at most
	Now          func() time.Time
	Log          *slog.Logger
}

// listens is how often Redis is asked for a proof within the bound.
const listens = 4

// OpenNear connects, and asks for proofs until Close. The error is connect's or the first proof's.
func OpenNear(connect func(redis.Tracker) (*redis.Client, error), o NearOptions) (*Near, error) {
	c := newCache(o.Max)
	client, err := connect(c)
	if err != nil {
		return nil, err
	}
	n := &Near{
		Redis: NewRedis(client, o.RedisOptions), cache: c, within: o.Within, now: o.Now, log: o.Log,
		born: time.Now(),
	}
	var ctx context.Context
	ctx, n.stop = context.WithCancel(context.Background())
	if err := n.listen(ctx); err != nil {
		_ = n.Close()
		return nil, err
	}
	n.stopped.Go(func() { n.keepListening(ctx) })
	return n, nil
}

func (n *Near) keepListening(ctx context.Context) {
	tick := time.NewTicker(n.within / listens)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := n.listen(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil && !n.lost:
			n.lost = true
			n.log.Warn("the store is not proven to be the master: requests ask it and not the cache until it is", "error", err)
		case err == nil && n.lost:
			n.lost = false
			n.log.Info("the store is proven to be the master again")
		}
	}
}

// listen processes all changes up to now.
func (n *Near) listen(ctx context.Context) error {
	asked := time.Since(n.born)
	if err := n.client.Prove(ctx); err != nil {
		return err
	}
	n.heard.Store(int64(asked))
	return nil
}

// silence is the age of the last question that was answered with a proof.
func (n *Near) silence() time.Duration { return time.Since(n.born) - time.Duration(n.heard.Load()) }

// Touch implements Backend.
func (n *Near) Touch(ctx context.Context, key Key) (Record, error) {
	now := n.now()
	if n.silence() < n.within {
		if rec, ok := n.cache.get(key, now); ok {
			n.cache.hits.Inc()
			return rec, nil
		}
	}
	n.cache.misses.Inc()
	f, first := n.cache.join(key)
	if !first {
		select {
		case <-f.landed:
			return f.rec, f.err
		case <-ctx.Done():
			return Record{}, ctx.Err()
		}
	}
	// Others wait for it too: it does not end with this request.
	rec, rest, err := n.look(context.WithoutCancel(ctx), key)
	n.cache.land(key, f, rec, now.Add(rest), err)
	return rec, err
}

// look reads a session, prolongs it when due, and returns for how long it need not be prolonged again.
func (n *Near) look(ctx context.Context, key Key) (rec Record, rest time.Duration, err error) {
	defer api.AskStore(ctx).Answered()
	found, err := n.client.Run(ctx, lookScript, []string{redisKey(key)},
		[]string{n.ttlMS, milliseconds(n.throttle)}).ToArray()
	if err != nil {
		rec, err = n.read("", err)
		return rec, 0, err
	}
	if len(found) != 2 {
		return rec, 0, fmt.Errorf("read session: %d parts", len(found))
	}
	text, err := found[0].ToString()
	rec, err = n.read(text, err)
	if rec, err = n.unlessOver(ctx, key, rec, err); err != nil {
		return Record{}, 0, err
	}
	left, err := found[1].AsInt64()
	if err != nil {
		return Record{}, 0, fmt.Errorf("read session: %w", err)
	}
	rest = time.Duration(left)*time.Millisecond - (n.ttl - n.throttle)
	return rec, min(rest, rec.left(n.client.Now())), nil
}

// settle waits until the cache has heard of what this replica has just changed, or tried to. A change that found
// nothing to change wrote nothing, as on a replica of the store that lags behind. So it is done only when the store has
// proven to be the master.
func (n *Near) settle(ctx context.Context, changed error) error {
	err := n.client.Prove(context.WithoutCancel(ctx))
	if err == nil {
		return changed
	}
	n.cache.Lost()
	return fmt.Errorf("after a change: %w", errors.Join(err, outcome(changed)))
}

// outcome ignores that there was nothing to change, since that is uncertain.
func outcome(changed error) error {
	if errors.Is(changed, ErrNotFound) {
		return nil
	}
	return changed
}

// Update implements Backend.
func (n *Near) Update(ctx context.Context, key Key, rec Record) error {
	return n.settle(ctx, n.Redis.Update(ctx, key, rec))
}

// Move implements Backend.
func (n *Near) Move(ctx context.Context, from, to Key, rec Record, v Veil) (time.Duration, error) {
	left, err := n.Redis.Move(ctx, from, to, rec, v)
	return left, n.settle(ctx, err)
}

// End implements Backend.
func (n *Near) End(ctx context.Context, key Key, rec Record) error {
	return n.settle(ctx, n.Redis.End(ctx, key, rec))
}

// EndDevice implements Backend.
func (n *Near) EndDevice(ctx context.Context, userID, device string) error {
	return n.settle(ctx, n.Redis.EndDevice(ctx, userID, device))
}

// EndUser implements Backend.
func (n *Near) EndUser(ctx context.Context, userID, keep string) error {
	return n.settle(ctx, n.Redis.EndUser(ctx, userID, keep))
}

// SetRole implements Backend.
func (n *Near) SetRole(ctx context.Context, userID string, role user.Role, version int64) error {
	return n.settle(ctx, n.Redis.SetRole(ctx, userID, role, version))
}

// Metrics reports on the cache.
func (n *Near) Metrics() []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		n.cache.hits, n.cache.misses, n.cache.invalidations, n.cache.flushes,
		gauge("authlab_near_sessions", "Sessions that this replica remembers.", func() float64 {
			return float64(n.cache.len())
		}),
		gauge("authlab_near_silence_seconds", "Age of the last ping that the store answered.",
			func() float64 { return n.silence().Seconds() }),
	}
}

// Close stops listening and ends the connections.
func (n *Near) Close() error {
	n.stop()
	err := n.Redis.Close() // ends a question that waits
	n.stopped.Wait()
	return err
}
