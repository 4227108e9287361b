package token

import (
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
)

// TestNoTokenOutlivesItsFamily: ending a user's logins finds them by the rows of their families. So no access token may
// outlive its row, however long access tokens last.
func TestNoTokenOutlivesItsFamily(t *testing.T) {
	for _, c := range []struct{ access, idle, absolute, lasts time.Duration }{
		{time.Hour, 2 * time.Hour, 4 * time.Hour, time.Hour},
		{48 * time.Hour, 2 * time.Hour, 400 * time.Hour, 2 * time.Hour},
		{48 * time.Hour, 4 * time.Hour, 5 * time.Hour, 4 * time.Hour},
	} {
		w := shared(t, storetest.Mini(t), "--access-ttl="+c.access.String(), "--refresh-idle="+c.idle.String(),
			"--refresh-absolute="+c.absolute.String())
		end := func() {
			t.Helper()
			if err := w.families.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := w.EndUser(t.Context(), w.named("alice").ID, ""); err != nil {
				t.Fatal(err)
			}
		}
		early, g := w.login("alice"), w.login("alice")
		w.later(leeway / 2)
		next := w.alive("in use", g.RefreshToken)
		w.later(10 * time.Second) // the grace
		again := w.alive("in use", g.RefreshToken)
		if g.ExpiresIn != c.lasts || next.ExpiresIn != c.lasts || again.ExpiresIn > c.lasts {
			t.Errorf("%+v: tokens of %v, %v, %v", c, g.ExpiresIn, next.ExpiresIn, again.ExpiresIn)
		}
		w.later(c.lasts - time.Minute)
		if _, err := w.me(again.AccessToken); err != nil {
			t.Errorf("%+v: before its end: %v", c, err)
		}
		if err := w.EndDevice(t.Context(), again.Principal.ID, again.Principal.Device); err != nil {
			t.Errorf("%+v: shortly before its end: %v", c, err)
		}
		w.want("ended shortly before its end", again.AccessToken, api.ErrUnauthenticated)
		w.later(sweepAfter + c.idle)
		end()
		w.want("after a ban when the family has gone", early.AccessToken, api.ErrUnauthenticated)
	}
}
