package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Clock is how far this machine's clock is ahead of a replica's.
type Clock struct {
	Of     string        // the replica's own name
	Ahead  time.Duration // of the replica's clock
	Within time.Duration // the error bound of Ahead
}

// How the lab reads a replica's clock: its answers carry whole seconds, so the lab asks until the next second begins.
const (
	watchEvery = 10 * time.Millisecond
	watchFor   = 3 * time.Second
)

// Clock reads the clock of the first replica. Several generators that read the same clock know by how much their own
// clocks differ.
func (t *Target) Clock(ctx context.Context) (Clock, error) {
	c := Clock{Of: t.names[0]}
	base := t.url
	if r := t.direct[c.Of]; r != nil {
		base = r.base
	}
	var before greeted
	var since time.Time // when the answer before was asked for
	for began := time.Now(); time.Since(began) < watchFor; time.Sleep(watchEvery) {
		asked := time.Now()
		now, err := t.greet(ctx, base)
		answered := time.Now()
		switch {
		case err != nil:
			return c, fmt.Errorf("reading the clock of a replica: %s", plain(err))
		case now.date.IsZero():
			return c, errors.New(
				"the replicas' answers have no Date, so that the clocks of several generators cannot be checked")
		case now.name != c.Of:
			continue // through a balancer, other replicas answer too
		case !before.date.IsZero() && now.date.After(before.date):
			c.Within = answered.Sub(since) / 2
			c.Ahead = since.Add(c.Within).Sub(now.date)
			return c, nil
		}
		before, since = now, asked
	}
	return c, fmt.Errorf("the clock of the replica %.100q did not move within %v", c.Of, watchFor)
}
