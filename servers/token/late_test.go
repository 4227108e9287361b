package token

import (
	"context"
	"errors"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

// TestDatabaseHangs: a refresh that was answered 503 has not been made, nor is it made when the database resumes,
// however long that takes. The client, which still has the old token, is not a thief.
func TestDatabaseHangs(t *testing.T) {
	server := usertest.StartPostgres(t)
	w := newWorld(t, server.NewDatabase(t))
	g := w.alive("the statement is prepared", w.login("alice").RefreshToken)
	var before int
	if err := w.families.db.Get(t.Context(), `SELECT pg_backend_pid()`, nil, &before); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	r := request("", `{"refresh_token":"`+g.RefreshToken+`"}`).WithContext(ctx)
	if _, err := w.Refresh(nil, r); !errors.Is(err, api.ErrUnavailable) {
		t.Fatalf("the database hangs: %v", err)
	}
	server.Resume()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var pid int
		err := w.families.db.Get(t.Context(), `SELECT pid FROM pg_stat_activity WHERE pid = ?`, []any{before}, &pid)
		if errors.Is(err, user.ErrNotFound) {
			break // it has done what it was sent
		}
		if time.Now().After(deadline) {
			t.Fatal("the connection is still there", err)
		}
	}
	w.later(time.Hour)
	w.alive("after the outage", g.RefreshToken)
}

// TestTooLate: a family advances only while the client waits, by the database's clock. A client that came too late may
// come again.
func TestTooLate(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		w := newWorld(t, fresh(t))
		g := w.login("alice")
		p, ok := parseRefresh(g.RefreshToken, w.verifier.keys)
		until, err := w.families.db.Until(t.Context())
		if err != nil || !ok || time.UnixMicro(until).Before(w.now()) {
			t.Fatal(until, err)
		}
		for _, late := range []time.Duration{time.Minute, time.Hour} {
			_, err := w.families.advanceUntil(t.Context(), p, until-late.Microseconds())
			if !errors.Is(err, user.ErrUnavailable) {
				t.Errorf("%v late: %v", late, err)
			}
		}
		if turn, err := w.families.advanceUntil(t.Context(), p, until); err != nil || turn.outcome != rotated {
			t.Errorf("in time: %+v, %v", turn, err)
		}
	})
}
