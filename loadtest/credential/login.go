package credential

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"authlab/loadtest/plan"
)

// LogIn only makes c.Users logins, of the load users or of c.As. It returns how many it made before an error or the end
// of ctx, which is an error too. Every answer must be a login of the user who asked, or a 503 of a server that already
// handles as many logins as it accepts. Such a 503 counts as turned away, and is tried again after a pause. The control
// has no logins.
func LogIn(ctx context.Context, c Config) (made, turned uint64, err error) {
	u, err := url.Parse(c.Base)
	if err != nil || c.Scheme.Carrier == plan.ByName {
		return 0, 0, fmt.Errorf("there are no logins at %q, a server of %s", c.Base, c.Scheme.Name)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, done, busy atomic.Uint64
	var clients sync.WaitGroup
	for range min(c.Parallel, c.Users) {
		clients.Go(func() {
			d := newLoginClient(c, u)
			defer d.conn.Close()
			defer context.AfterFunc(ctx, d.conn.Interrupt)()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= c.Users {
					return
				}
				n, err := d.untilMade(ctx, c.account(i))
				busy.Add(n)
				if err != nil {
					cancel(err) // the first cause is kept; there is no error where ctx has ended
					return
				}
				done.Add(1)
			}
		})
	}
	clients.Wait()
	return done.Load(), busy.Load(), context.Cause(ctx)
}

// untilMade logs a user in, and counts how often the server was busy.
func (d *loginClient) untilMade(ctx context.Context, a Account) (turned uint64, err error) {
	for range tries {
		if _, _, err = d.logIn(a); !errors.Is(err, ErrBusy) {
			return turned, err
		}
		turned++
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return turned, err
		}
	}
	return turned, err
}
