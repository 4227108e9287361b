package token

import (
	"context"
	"errors"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
)

// deaf are revocations that fail to end anything a number of times.
type deaf struct {
	revocations
	times int
}

func (d *deaf) end(ctx context.Context, logins ...login) error {
	if d.times--; d.times >= 0 {
		return api.Unavailable("the store has gone")
	}
	return d.revocations.end(ctx, logins...)
}

// TestReuseIsNotForgotten: if a stolen refresh token is noticed while its login cannot be ended everywhere, it is
// noticed again at its next use.
func TestReuseIsNotForgotten(t *testing.T) {
	w := shared(t, storetest.Mini(t))
	g := w.login("alice")
	next := w.alive("the thief", g.RefreshToken)
	w.later(time.Minute)
	w.revoked = &deaf{w.revoked, 2}
	for range 2 {
		if _, err := w.refresh(g.RefreshToken); !errors.Is(err, api.ErrUnavailable) {
			t.Errorf("with no store: %v", err)
		}
	}
	w.dead("used twice", g.RefreshToken)
	w.want("the thief's access token", next.AccessToken, api.ErrUnauthenticated)
	w.dead("the thief's refresh token", next.RefreshToken)
}
