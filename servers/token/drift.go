package token

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"authlab/servers/user"
)

// drift is how far this replica's clock is from the accounts database's, which dates tokens and families. It decides
// nothing; /readyz reports it.
//
// A wrong clock harms no login: what this replica refuses too early, the others still accept.
type drift struct {
	db  *user.DB
	now func() time.Time
	off atomic.Int64 // by how much it is ahead
}

// driftEvery is how often the database is asked for the time.
const driftEvery = 5 * time.Second

func (d *drift) ask(ctx context.Context) error {
	asked := time.Now()
	said, err := d.db.Now(ctx)
	if err == nil {
		d.off.Store(int64(d.now().Add(-time.Since(asked) / 2).Sub(said)))
	}
	return err
}

// keepAsking asks until ctx ends. Logins notice a database that does not answer.
func (d *drift) keepAsking(ctx context.Context) {
	tick := time.NewTicker(driftEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = d.ask(ctx)
		}
	}
}

// apart describes the difference if two clocks differ by more than the leeway, given how far the own is ahead; else it
// is empty.
func apart(ahead, leeway time.Duration, whose string) string {
	if ahead.Abs() <= leeway {
		return ""
	}
	how := "ahead of"
	if ahead < 0 {
		how = "behind"
	}
	return fmt.Sprintf("this replica's clock is %v %s the clock of %s, and --leeway is %v: "+
		"set the clocks, because access tokens expire by them", ahead.Abs().Round(time.Second), how, whose, leeway)
}
