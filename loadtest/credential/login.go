package credential

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"

	"authlab/loadtest/plan"
)

// LogIn makes c.Users logins and nothing else, of the load users or of c.As, and returns how many were made until an error or the end of
// ctx, which is an error too. Every answer must be a login of whoever asked. The control has no logins.
func LogIn(ctx context.Context, c Config) (made int, err error) {
	u, err := url.Parse(c.Base)
	if err != nil || c.Scheme.Carrier == plan.ByName {
		return 0, fmt.Errorf("there are no logins at %q of a server of %s", c.Base, c.Scheme.Name)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next, done atomic.Int64
	var desks sync.WaitGroup
	for range min(c.Parallel, c.Users) {
		desks.Go(func() {
			d := newDesk(c, u)
			defer d.conn.Close()
			defer context.AfterFunc(ctx, d.conn.Interrupt)()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= c.Users {
					return
				}
				if _, _, err := d.logIn(c.account(i)); err != nil {
					cancel(err) // the first is kept; it is none where ctx has ended
					return
				}
				done.Add(1)
			}
		})
	}
	desks.Wait()
	return int(done.Load()), context.Cause(ctx)
}
