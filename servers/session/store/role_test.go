package store_test

import (
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

func (w *world) setRole(t testing.TB, role user.Role, version int64) {
	t.Helper()
	if err := w.backend.SetRole(t.Context(), "u1", role, version); err != nil {
		t.Fatal(err)
	}
}

// TestTheLaterRoleHolds: changes reach the store in any order, and the account's last one holds, even if a request
// saves a session that it read before, and through a renewal.
func TestTheLaterRoleHolds(t *testing.T) {
	const member, admin = user.RoleUser, user.RoleAdmin
	everywhere(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			roles    []user.Role // those after the login's, which has version 1
			versions []int64
			want     user.Role
		}{
			{[]user.Role{admin}, []int64{2}, admin},
			{[]user.Role{admin, member}, []int64{2, 3}, member},
			{[]user.Role{member, admin}, []int64{3, 2}, member},
			{[]user.Role{admin, member, admin}, []int64{4, 3, 2}, admin},
			{[]user.Role{admin}, []int64{1}, member}, // the login read the present account
			{[]user.Role{admin, admin}, []int64{2, 2}, admin},
			{[]user.Role{member, admin}, []int64{10, 9}, member}, // numbers, not texts
		} {
			s := w.login(t, "u1")
			for i, role := range c.roles {
				w.setRole(t, role, c.versions[i])
				if err := w.store.Save(request(s.ID), httptest.NewRecorder(), s); err != nil {
					t.Fatal(err)
				}
				s.ID = w.renew(t, s.ID)
			}
			if rec, ok := w.who(t, s.ID); !ok || rec.Role != c.want {
				t.Errorf("%v of versions %v: %q, want %q", c.roles, c.versions, rec.Role, c.want)
			}
		}
	})
}

// TestRolesRace: of simultaneous role changes, the latest version holds.
func TestRolesRace(t *testing.T) {
	race(t, func(t *testing.T, w *world, rounds int) {
		id, version, wrong := w.login(t, "u1").ID, int64(1), 0
		order := rand.New(rand.NewPCG(1, 0))
		for range rounds / 20 {
			roles := []user.Role{user.RoleUser, user.RoleAdmin, user.RoleUser, user.RoleAdmin}
			var all sync.WaitGroup
			for _, i := range order.Perm(len(roles)) {
				all.Go(func() { w.setRole(t, roles[i], version+1+int64(i)) })
			}
			all.Wait()
			version += int64(len(roles))
			if rec, ok := w.who(t, id); !ok || rec.Role != user.RoleAdmin || rec.Version != version {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("%d times an earlier role", wrong)
		}
	})
}

// TestRecordsFromBeforeVersions: a session from before records had a version still works, and any change of role
// reaches it.
func TestRecordsFromBeforeVersions(t *testing.T) {
	check := func(t *testing.T, w *world, id string) {
		t.Helper()
		if rec, ok := w.who(t, id); !ok || rec.Role != user.RoleUser || rec.Version != 0 {
			t.Errorf("alive %v, %+v", ok, rec)
		}
		w.setRole(t, user.RoleAdmin, 1)
		if rec, ok := w.who(t, id); !ok || rec.Role != user.RoleAdmin || rec.Version != 1 {
			t.Errorf("after a change: alive %v, %+v", ok, rec)
		}
	}
	for where, addr := range redises {
		t.Run(where, func(t *testing.T) {
			at := addr(t)
			w := eachCodec(t, at)["text"]
			client, err := redis.Open(redis.Options{Address: at, AnswerWithin: patient})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			id := w.login(t, "u1").ID
			key := store.RedisKey(id)
			now, err := client.Read(t.Context(), func(b rueidis.Builder) rueidis.Completed {
				return b.Get().Key(key).Build()
			}).ToString()
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(now, "\n")
			if err := client.Write(t.Context(), client.B().Set().Key(key).Value("user\n"+rest).Build()); err != nil {
				t.Fatal(err)
			}
			check(t, w, id)
		})
	}
	t.Run("postgres", func(t *testing.T) {
		url := usertest.SharedPostgres(t).NewDatabase(t)
		id := postgresAt(t, url, 0).login(t, "u1").ID
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "ALTER TABLE authlab_sessions DROP COLUMN version"); err != nil {
			t.Fatal(err)
		}
		check(t, postgresAt(t, url, 0), id)
	})
}
