package store_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// lossy is a Redis that may drop keys, but has room for all of a test's: only the test removes keys.
func lossy(t testing.TB) *storetest.Server {
	server := storetest.Redis(t, "")
	server.Configure("maxmemory", "1gb")
	server.Configure("maxmemory-policy", "allkeys-lru")
	return server
}

// replicas are the ways to store sessions in a Redis, each a replica of its own.
func replicas(t *testing.T, server *storetest.Server) map[string]*world {
	worlds := eachCodec(t, server.Addr)
	worlds["near"] = nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, lasting(patient))
	return worlds
}

// reached are the ways to end two sessions of u1, or to change their role, whatever the index says: first is the id of
// the first.
var reached = map[string]func(ctx context.Context, w *world, first string, devices []string) error{
	"ban": func(ctx context.Context, w *world, _ string, _ []string) error {
		return w.backend.EndUser(ctx, "u1", "")
	},
	"password": func(ctx context.Context, w *world, first string, devices []string) error {
		if err := w.backend.EndUser(ctx, "u1", devices[0]); err != nil {
			return err
		}
		return w.logout(first)
	},
	"devices": func(ctx context.Context, w *world, _ string, devices []string) error {
		for _, d := range devices {
			if err := w.backend.EndDevice(ctx, "u1", d); err != nil {
				return err
			}
		}
		return nil
	},
	"role": func(ctx context.Context, w *world, _ string, _ []string) error {
		return w.backend.SetRole(ctx, "u1", user.RoleAdmin, 2)
	},
}

// logout ends the session of an id, as a request with that id does.
func (w *world) logout(id string) error {
	s, err := w.store.New(request(id), cookieName)
	if err != nil {
		return err
	}
	if s.IsNew {
		return w.store.EndMoved(request(id), cookieName)
	}
	return w.store.End(context.Background(), s)
}

// TestReachesWithoutAnIndex: if a Redis may have dropped an index, or the index was altered, endings still reach the
// sessions, and only that user's.
func TestReachesWithoutAnIndex(t *testing.T) {
	for what, spoil := range map[string]struct {
		server func(testing.TB) *storetest.Server
		do     func(s *storetest.Server, mine, others string) // a device, and the key of another user's
	}{
		"gone":        {lossy, func(s *storetest.Server, _, _ string) { s.Command("DEL", "authlab:u1:u1") }},
		"gone anyway": {sound, func(s *storetest.Server, _, _ string) { s.Command("DEL", "authlab:u1:u1") }},
		"another type": {sound, func(s *storetest.Server, _, _ string) {
			s.Command("DEL", "authlab:u1:u1")
			s.Command("RPUSH", "authlab:u1:u1", "x")
		}},
		"another's session": {sound, func(s *storetest.Server, mine, others string) {
			s.Command("HSET", "authlab:u1:u1", mine, others)
		}},
		"another key": {sound, func(s *storetest.Server, mine, _ string) {
			s.Command("SET", "another's", "x")
			s.Command("HSET", "authlab:u1:u1", mine, "another user's")
		}},
	} {
		server := spoil.server(t)
		for name, w := range replicas(t, server) {
			for by, end := range reached {
				t.Run(strings.Join([]string{what, name, by}, "/"), func(t *testing.T) {
					var ids, devices []string
					for range 2 {
						s := w.login(t, "u1")
						rec, _ := store.RecordOf(s)
						ids, devices = append(ids, s.ID), append(devices, rec.Device)
					}
					other := w.login(t, "u2")
					spoil.do(server, devices[1], keyIn(name, other.ID))
					if logins, err := w.backend.Devices(t.Context(), "u1"); err != nil || len(logins) != 2 {
						t.Errorf("%d devices, %v", len(logins), err)
					}
					spoil.do(server, devices[1], keyIn(name, other.ID))
					if err := end(t.Context(), w, ids[0], devices); err != nil {
						t.Error(err)
					}
					for _, id := range ids {
						if rec, ok := w.who(t, id); ok && (by != "role" || rec.Role != user.RoleAdmin) {
							t.Errorf("it goes on: %+v", rec)
						}
					}
					if rec, ok := w.who(t, other.ID); !ok || rec.Role != user.RoleUser {
						t.Errorf("another user's session: alive %v, %+v", ok, rec)
					}
					if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

func sound(t testing.TB) *storetest.Server { return storetest.Redis(t, "") }

// keyIn is the key under which a replica stores the session of an id.
func keyIn(replica, id string) string {
	if codec, ok := store.Codecs[replica]; ok {
		return store.KeyIn(codec, id)
	}
	return store.RedisKey(id)
}

// TestLogoutByTheIDAlone: the index is gone unnoticed, and perhaps the trace of a renewal too. A logout still ends its
// session.
func TestLogoutByTheIDAlone(t *testing.T) {
	server := sound(t)
	for name, w := range replicas(t, server) {
		t.Run(name, func(t *testing.T) {
			id := w.login(t, "u1").ID
			server.Command("DEL", "authlab:u1:u1")
			if err := w.logout(id); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, id, false)

			first := w.login(t, "u1").ID
			second := w.renew(t, first)
			third := w.renew(t, second)
			server.Command("DEL", "authlab:u1:u1")
			if err := w.logout(first); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, third, false)

			// The index has another user's session in its place.
			mine, others := w.login(t, "u1"), w.login(t, "u2").ID
			rec, _ := store.RecordOf(mine)
			server.Command("HSET", "authlab:u1:u1", rec.Device, keyIn(name, others))
			if err := w.logout(mine.ID); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, mine.ID, false)
			w.wantAlive(t, others, true)

			// The request read the session, then it moved, and then the index went.
			s := w.login(t, "u1")
			moved := w.renew(t, s.ID)
			server.Command("DEL", "authlab:u1:u1")
			if err := w.store.End(t.Context(), s); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, moved, false)
		})
	}
}

// TestForeignTypes: a value of another type under one of our keys is neither a session nor a trace. A logout removes
// it, and a login makes the index anew.
func TestForeignTypes(t *testing.T) {
	server := sound(t)
	for name, w := range replicas(t, server) {
		t.Run(name, func(t *testing.T) {
			id := w.login(t, "u1").ID
			key := keyIn(name, id)
			server.Command("DEL", key)
			server.Command("RPUSH", key, "x")
			if name == "near" { // told of the change over another connection
				until(t, "a list is taken for a session", func() bool { _, ok := w.who(t, id); return !ok })
			}
			w.wantAlive(t, id, false)
			trace := "authlab:t2:" + key[len("authlab:s1:"):]
			server.Command("RPUSH", trace, "x")
			if _, err := w.store.Rejoin(request(id), httptest.NewRecorder(), cookieName); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a list is taken for a trace: %v", err)
			}
			if err := w.logout(id); err != nil {
				t.Error(err)
			}
			if left := server.Exists(key, trace); left != 0 {
				t.Errorf("%d of 2 foreign keys are left", left)
			}
			server.Command("DEL", "authlab:u1:u1")
			server.Command("SET", "authlab:u1:u1", "x")
			s := w.login(t, "u1")
			if logins, err := w.backend.Devices(t.Context(), "u1"); err != nil || len(logins) != 1 {
				t.Errorf("%d devices, %v", len(logins), err)
			}
			server.Command("DEL", "authlab:u1:u1")
			server.Command("SET", "authlab:u1:u1", "x")
			w.wantAlive(t, w.renew(t, s.ID), true)
			if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestIndexOutlivesItsSessions: replicas with different lifetimes share a Redis, as during a change of the setting. No
// replica makes an index end before its sessions.
func TestIndexOutlivesItsSessions(t *testing.T) {
	for name, server := range map[string]*storetest.Server{"noeviction": sound(t), "lossy": lossy(t)} {
		t.Run(name, func(t *testing.T) {
			at := func(absolute time.Duration) *world {
				w := &world{life: store.Lifetimes{Idle: time.Hour, Absolute: absolute}, now: time.Now}
				return w.open(connect(t, redis.Options{Address: server.Addr, AnswerWithin: patient},
					store.RedisOptions{Lifetimes: w.life}))
			}
			long, short := at(24*time.Hour), at(time.Hour)
			covers := func(when string) {
				t.Helper()
				if left := server.Left("authlab:u1:u1"); left < 24*time.Hour {
					t.Errorf("%s the index has %v left", when, left)
				}
			}
			id := long.login(t, "u1").ID
			covers("after a login")
			short.login(t, "u1")
			covers("after a login on a replica of shorter lifetimes")
			id = short.renew(t, id)
			covers("after a renewal there")
			server.Command("DEL", "authlab:u1:u1")
			long.wantAlive(t, short.renew(t, id), true)
			covers("made anew by a renewal there")
		})
	}
}

// patience is a context that ends after a number of checks, so that no clock is needed.
type patience struct {
	context.Context
	left atomic.Int64
}

func (p *patience) Err() error {
	if p.left.Add(-1) < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestReachAllOrNothing: if a request's time does not suffice to examine all sessions, it fails. Its progress is worth
// nothing to the next, which may meet another Redis.
func TestReachAllOrNothing(t *testing.T) {
	server := lossy(t)
	w := eachCodec(t, server.Addr)["text"]
	server.Crowd(10_000)
	for round := range 3 {
		var ids []string
		for range 20 {
			ids = append(ids, w.login(t, "u1").ID)
		}
		server.Command("DEL", "authlab:u1:u1")
		ctx := &patience{Context: t.Context()}
		ctx.left.Store(8 + int64(round))
		if err := w.backend.EndUser(ctx, "u1", ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("round %d: with time for a few batches: %v", round, err)
		}
		for range 20 {
			ids = append(ids, w.login(t, "u1").ID)
		}
		server.Command("DEL", "authlab:u1:u1")
		if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			w.wantAlive(t, id, false)
		}
	}
}

// TestIndexesAreMadeGood: Redis's counters do not show what it lost before a replica's start, as after a restart. The
// replica puts all sessions into their indexes, so that a new login hides nothing.
func TestIndexesAreMadeGood(t *testing.T) {
	server := sound(t)
	before := eachCodec(t, server.Addr)["text"]
	var ids []string
	for range 20 {
		ids = append(ids, before.login(t, "u1").ID)
	}
	server.Crowd(2000)
	server.Command("DEL", "authlab:u1:u1")
	after := eachCodec(t, server.Addr)["text"]
	ids = append(ids, after.login(t, "u1").ID)
	if err := after.backend.EndUser(t.Context(), "u1", ""); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		after.wantAlive(t, id, false)
	}
}

// TestEndedAgain: an index whose sessions have ended remains, and a walk makes a missing one, so that the next ending
// need not examine all sessions.
func TestEndedAgain(t *testing.T) {
	server := sound(t)
	w := eachCodec(t, server.Addr)["text"]
	w.login(t, "u1")
	for _, user := range []string{"u1", "u2"} {
		if err := w.backend.EndUser(t.Context(), user, ""); err != nil {
			t.Fatal(err)
		}
		if server.Exists("authlab:u1:"+user) != 1 {
			t.Errorf("%s has no index after an ending", user)
		}
		if logins, err := w.backend.Devices(t.Context(), user); err != nil || len(logins) != 0 {
			t.Errorf("%s has %d devices, %v", user, len(logins), err)
		}
	}
}

// TestReachIsNotTracked: after all sessions were examined, Redis does not report each one's changes to the replica.
func TestReachIsNotTracked(t *testing.T) {
	server := lossy(t)
	server.Crowd(2000)
	w := nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, lasting(patient))
	id := w.login(t, "u1").ID
	server.Command("DEL", "authlab:u1:u1")
	if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
		t.Error(err)
	}
	w.wantAlive(t, id, false)
	_, tracked, _ := strings.Cut(server.Info("stats"), "tracking_total_keys:")
	if !strings.HasPrefix(tracked, "0\r\n") && !strings.HasPrefix(tracked, "1\r\n") { // the user's own index
		t.Errorf("the store keeps track of others' sessions: %.10q", tracked)
	}
}

// TestWeakened: the server says so if Redis may drop sessions, and only then.
func TestWeakened(t *testing.T) {
	for what, server := range map[string]*storetest.Server{"": sound(t), "allkeys-lru": lossy(t)} {
		for name, w := range replicas(t, server) {
			said := w.backend.(interface{ Weakened() string }).Weakened()
			if (said == "") != (what == "") || !strings.Contains(said, what) {
				t.Errorf("%s over %q says %q", name, what, said)
			}
		}
	}
}

// TestFullStore: a full Redis that drops nothing refuses logins, and nothing else: sessions last, move, change and end.
func TestFullStore(t *testing.T) {
	server := sound(t)
	for name, w := range replicas(t, server) {
		t.Run(name, func(t *testing.T) {
			server.Configure("maxmemory", "0")
			ids := []string{w.login(t, "u1").ID, w.login(t, "u1").ID, w.login(t, "u1").ID}
			server.Configure("maxmemory", "1")
			s := w.store.Empty(cookieName)
			store.SetRecord(s, store.Record{User: "u1", Role: user.RoleUser, Device: store.NewDevice()})
			rw := httptest.NewRecorder()
			if err := w.store.Save(request(""), rw, s); err == nil || errors.Is(err, store.ErrNotFound) || len(rw.Header()) > 0 {
				t.Errorf("a login: %v, %v", err, rw.Header())
			}
			for i := range ids {
				w.wantAlive(t, ids[i], true)
				ids[i] = w.renew(t, ids[i])
				w.wantAlive(t, ids[i], true)
			}
			if err := w.backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2); err != nil {
				t.Error(err)
			}
			for _, id := range ids {
				if rec, ok := w.who(t, id); !ok || rec.Role != user.RoleAdmin {
					t.Errorf("alive %v, %+v", ok, rec)
				}
			}
			if err := w.logout(ids[0]); err != nil {
				t.Error(err)
			}
			rec, _ := w.who(t, ids[1])
			if err := w.backend.EndDevice(t.Context(), "u1", rec.Device); err != nil {
				t.Error(err)
			}
			if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
				t.Error(err)
			}
			for _, id := range ids {
				w.wantAlive(t, id, false)
			}
		})
	}
}
