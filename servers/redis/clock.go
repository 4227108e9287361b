package redis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// clock is the store's clock. Replicas share deadlines through the store, and their own clocks disagree: a deadline
// written by one replica's clock is a different moment for another's. The store has one clock for all.
//
// Asking for the time with each request would cost a command. Instead the store is asked once in a while, and the
// monotonic clock, which no correction moves, continues from its answer.
type clock struct{ last atomic.Pointer[reading] }

// reading is what the store's clock said, and when by the monotonic clock: the middle of the question's round trip.
type reading struct{ local, store time.Time }

// take records the answer, which arrives now, to a question sent at the given moment.
func (c *clock) take(asked, said time.Time) {
	c.last.Store(&reading{local: asked.Add(time.Since(asked) / 2), store: said})
}

func (c *clock) now() time.Time {
	r := c.last.Load()
	return r.store.Add(time.Since(r.local))
}

// askEvery is how often the store is asked for the time: after a failover, another store may have another clock.
const askEvery = time.Second

// Now returns the time by the store's clock without asking the store. Its error is at most half a round trip plus any
// correction of that clock in the last second. During an outage of the store, time continues from the last answer.
func (c *Client) Now() time.Time { return c.clock.now() }

// ask asks the store for the time.
func (c *Client) ask(ctx context.Context) (time.Time, error) {
	asked := time.Now()
	parts, err := c.Read(ctx, func(b rueidis.Builder) rueidis.Completed { return b.Time().Build() }).AsIntSlice()
	if err == nil && len(parts) != 2 {
		err = fmt.Errorf("TIME has %d parts", len(parts))
	}
	if err != nil {
		return time.Time{}, err
	}
	said := time.Unix(parts[0], parts[1]*int64(time.Microsecond))
	c.clock.take(asked, said)
	return said, nil
}

// keepAsking asks for the time, and less often for the eviction policy, until ctx ends. Requests notice a store that
// does not answer; keepAsking also notices, when there are no requests, one that is no longer the master.
func (c *Client) keepAsking(ctx context.Context) {
	// Replicas that were started together would ask together, once a second, for as long as they run.
	select {
	case <-ctx.Done():
		return
	case <-time.After(rand.N(askEvery)):
	}
	tick, seldom := time.NewTicker(askEvery), time.NewTicker(evictionEvery)
	defer tick.Stop()
	defer seldom.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.look(ctx)
		case <-seldom.C:
			_, _ = c.AskEviction(ctx)
		}
	}
}

// look asks what may change at any time. A Redis that may drop keys is asked as often whether it still may: a server
// that waits for its administrator is to serve as soon as that is mended.
func (c *Client) look(ctx context.Context) {
	_, _ = c.ask(ctx)
	_ = c.Prove(ctx) // acts on a refusal
	if c.Eviction().May() {
		_, _ = c.AskEviction(ctx)
	}
}
