package redis

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// clock knows what time it is at the store. Replicas share deadlines through the store, and their own clocks disagree:
// a deadline that one replica's clock wrote and another's judges is a different moment for each of them. The store has
// one clock for all.
//
// Asking for the time with each request would cost a command. So the store is asked now and then, and the monotonic
// clock, which no correction moves, counts on from its answer.
type clock struct{ last atomic.Pointer[reading] }

// reading is what the store's clock said, and when by the monotonic clock: in the middle of the question's round trip.
type reading struct{ local, store time.Time }

// take notes an answer to a question that was sent at a moment and is answered now.
func (c *clock) take(asked, said time.Time) {
	c.last.Store(&reading{local: asked.Add(time.Since(asked) / 2), store: said})
}

func (c *clock) now() time.Time {
	r := c.last.Load()
	return r.store.Add(time.Since(r.local))
}

// askEvery is how often the store is asked for the time: another store, after a failover, may have another clock.
const askEvery = time.Second

// Now is the time by the store's own clock, without asking it: wrong by half a round trip at most, and by what its
// clock was corrected in the last second. While the store is away time goes on from its last answer.
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

// keepAsking asks for the time, and now and then what the store may evict, until ctx ends. A store that does not answer
// is noticed by requests; one that is the master no longer is noticed also while there are none.
func (c *Client) keepAsking(ctx context.Context) {
	tick, seldom := time.NewTicker(askEvery), time.NewTicker(evictionEvery)
	defer tick.Stop()
	defer seldom.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_, _ = c.ask(ctx)
			_ = c.Prove(ctx) // what it says is heeded
		case <-seldom.C:
			_, _ = c.AskEviction(ctx)
		}
	}
}
