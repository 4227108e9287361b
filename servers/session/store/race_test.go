package store_test

import (
	"errors"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/sessions"

	"authlab/scripts/longtest"
	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// race runs a test where races are run: with the number of rounds, 10⁴ with the build tag long. miniredis starts an
// interpreter for each script, so it gets fewer.
func race(t *testing.T, test func(t *testing.T, w *world, rounds int)) {
	rounds := longtest.Times(10_000, 300)
	t.Parallel()
	t.Run("memory", func(t *testing.T) { t.Parallel(); test(t, memoryWorld(t), rounds) })
	t.Run("miniredis", func(t *testing.T) { t.Parallel(); test(t, miniWorld(t), rounds/5) })
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		w, _ := lastingWorld(t, patient)
		test(t, w, rounds)
	})
	t.Run("near", func(t *testing.T) {
		t.Parallel()
		test(t, nearAt(t, redis.Options{Address: storetest.Redis(t, "").Addr, AnswerWithin: patient}, lasting(patient)),
			rounds/2)
	})
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, postgresWorld(t), rounds/5) })
}

// TestLogoutRacesSlowRequest: a request that read the session before a logout saves it, or renews it, at the same
// moment. Whichever wins, neither the old id nor the renewed one is alive afterwards.
func TestLogoutRacesSlowRequest(t *testing.T) {
	race(t, func(t *testing.T, w *world, rounds int) {
		resurrected, outrun := 0, 0
		for i := range rounds {
			old := w.login(t, "u1").ID
			slow, err := w.store.New(request(old), cookieName)
			if err != nil {
				t.Fatal(err)
			}
			logout, err := w.store.New(request(old), cookieName)
			if err != nil {
				t.Fatal(err)
			}
			race := []func(){
				func() {
					r, rw := request(old), httptest.NewRecorder()
					var err error
					if i%2 == 0 {
						err = w.store.Save(r, rw, slow)
					} else {
						err = w.store.Regenerate(r, rw, slow)
					}
					if errors.Is(err, store.ErrNotFound) {
						outrun++
					} else if err != nil {
						t.Error(err)
					}
				},
				func() {
					if err := w.store.End(t.Context(), logout); err != nil {
						t.Error(err)
					}
				},
			}
			var wg sync.WaitGroup
			wg.Go(race[i/2%2]) // the last one started tends to run first: take turns
			wg.Go(race[1-i/2%2])
			wg.Wait()
			for _, id := range []string{old, slow.ID} {
				if _, ok := w.who(t, id); ok {
					resurrected++
				}
			}
		}
		t.Logf("%d rounds, logout first in %d", rounds, outrun)
		if resurrected != 0 {
			t.Errorf("%d sessions came back", resurrected)
		}
	})
}

// TestSetRoleRacesRegenerate: whichever comes first, the renewed session has the new role.
func TestSetRoleRacesRegenerate(t *testing.T) {
	race(t, func(t *testing.T, w *world, rounds int) {
		id, kept := w.login(t, "u1").ID, 0
		for i := range rounds / 5 {
			role := []user.Role{user.RoleUser, user.RoleAdmin}[i%2]
			r := request(id)
			s, err := w.store.New(r, cookieName)
			if err != nil || s.IsNew {
				t.Fatalf("round %d: new %v, %v", i, s.IsNew, err)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := w.store.Regenerate(r, httptest.NewRecorder(), s); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				if err := w.backend.SetRole(t.Context(), "u1", role, int64(i+2)); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			id = s.ID
			if rec, ok := w.who(t, id); !ok || rec.Role != role {
				kept++
			}
		}
		if kept != 0 {
			t.Errorf("%d changes lost", kept)
		}
	})
}

// TestEndUserRacesRegenerate: renewals cannot outrun a ban.
func TestEndUserRacesRegenerate(t *testing.T) {
	race(t, func(t *testing.T, w *world, rounds int) {
		for range rounds / 10 {
			var wg sync.WaitGroup
			ids := make([]string, 4)
			for i := range ids {
				r := request(w.login(t, "u1").ID)
				s, err := w.store.New(r, cookieName)
				if err != nil {
					t.Fatal(err)
				}
				wg.Go(func() {
					if err := w.store.Regenerate(r, httptest.NewRecorder(), s); err != nil && !errors.Is(err, store.ErrNotFound) {
						t.Error(err)
					}
					ids[i] = s.ID
				})
			}
			wg.Go(func() {
				if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			for _, id := range ids {
				w.wantAlive(t, id, false)
			}
		}
	})
}

// TestBatchesRaceRegenerate: this user's index is longer than a batch, so that sessions move between the batches of a
// scan. A role change still reaches all of them, and then an end.
func TestBatchesRaceRegenerate(t *testing.T) {
	for name, server := range map[string]*storetest.Server{"by the index": sound(t), "by all sessions": lossy(t)} {
		t.Run(name, func(t *testing.T) { batchesRaceRegenerate(t, eachCodec(t, server.Addr)["text"]) })
	}
}

func batchesRaceRegenerate(t *testing.T, w *world) {
	const devices, movers = 1500, 8
	var open []*sessions.Session
	for range devices {
		open = append(open, w.login(t, "u1"))
	}
	// moveAll renews every session once and calls change when some have moved.
	moveAll := func(change func() error) (moved int64) {
		var wg sync.WaitGroup
		var count atomic.Int64
		for i := range movers {
			wg.Go(func() {
				for _, s := range open[i*devices/movers : (i+1)*devices/movers] {
					err := w.store.Regenerate(request(s.ID), httptest.NewRecorder(), s)
					if err == nil {
						count.Add(1)
					} else if !errors.Is(err, store.ErrNotFound) {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			for count.Load() < devices/5 {
				runtime.Gosched()
			}
			if err := change(); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		return count.Load()
	}

	if n := moveAll(func() error { return w.backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2) }); n != devices {
		t.Errorf("%d of %d moved", n, devices)
	}
	for _, s := range open {
		if rec, ok := w.who(t, s.ID); !ok || rec.Role != user.RoleAdmin {
			t.Errorf("alive %v with role %q", ok, rec.Role)
		}
	}
	n := moveAll(func() error { return w.backend.EndUser(t.Context(), "u1", "") })
	t.Logf("%d of %d moved before they ended", n, devices)
	for _, s := range open {
		w.wantAlive(t, s.ID, false)
	}
}
