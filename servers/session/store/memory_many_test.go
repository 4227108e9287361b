package store_test

import (
	"fmt"
	"testing"
	"time"

	"authlab/servers/session/store"
)

// TestManySessionsOfOneUserExpire: dropping a session costs the same whether its user has one or very many. Both are
// measured, so the speed of the machine does not matter; a cost that grows with their number would be a thousand times
// larger.
func TestManySessionsOfOneUserExpire(t *testing.T) {
	const sessions = 50_000
	took := func(users int) time.Duration {
		c := newClock()
		w := &world{life: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}, now: c.now}
		m := store.NewMemory(w.life, sessions, c.now)
		defer func() { _ = m.Close() }()
		w.open(m)
		for i := range sessions {
			w.login(t, fmt.Sprint("u", i%users))
		}
		c.advance(w.life.Idle)
		began := time.Now()
		w.login(t, "a login that needs the room")
		return time.Since(began)
	}
	if one, each := took(1), took(sessions); one > 20*each {
		t.Errorf("%v if all belong to one user, and %v if each has its own", one, each)
	}
}

// TestMemoryDropsTheRightOne: whichever of a user's sessions ends, and in whatever order, the others stay.
func TestMemoryDropsTheRightOne(t *testing.T) {
	const n = 6
	for first := range n {
		for second := range n {
			w := memoryWorld(t)
			var ids []string
			for range n {
				ids = append(ids, w.login(t, "u1").ID)
			}
			gone := map[int]bool{first: true, second: true}
			for _, i := range []int{first, second} {
				s, err := w.store.New(request(ids[i]), cookieName)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.store.End(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			for i, id := range ids {
				w.wantAlive(t, id, !gone[i])
			}
			kept, _ := w.who(t, ids[(max(first, second)+1)%n])
			if err := w.backend.EndUser(t.Context(), "u1", kept.Device); err != nil {
				t.Fatal(err)
			}
			if logins, err := w.backend.Devices(t.Context(), "u1"); err != nil || len(logins) > 1 ||
				len(logins) == 1 && logins[0].Device != kept.Device {
				t.Errorf("%d and %d ended, then all but one: %+v, %v", first, second, logins, err)
			}
		}
	}
}
