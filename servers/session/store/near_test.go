package store_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// nearAt is one more replica that caches sessions of the store at where.
func nearAt(t testing.TB, where redis.Options, o store.NearOptions) *world {
	t.Helper()
	return nearBy(t, o, func(tracker redis.Tracker) (*redis.Client, error) {
		where.Tracker = tracker
		return redis.Open(where)
	})
}

func nearBy(t testing.TB, o store.NearOptions, connect func(redis.Tracker) (*redis.Client, error)) *world {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	n, err := store.OpenNear(connect, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	w := &world{life: o.Lifetimes, now: time.Now}
	return w.open(n)
}

// nearWorld is a replica like redisWorld: unused sessions live equally long in both.
func nearWorld(t testing.TB) *world {
	server := storetest.Redis(t, "secret of the test")
	const throttle = time.Minute
	c := newClock()
	w := nearAt(t, redis.Options{Address: server.Addr, Password: server.Password, AnswerWithin: patient},
		store.NearOptions{
			RedisOptions: store.RedisOptions{
				Lifetimes: store.Lifetimes{Idle: 30*time.Minute - throttle, Absolute: 12 * time.Hour}, Throttle: throttle,
			},
			Within: patient, Max: 1000, Now: c.now,
		})
	w.advance = func(d time.Duration) { c.advance(d); server.Age(d) }
	w.life.Idle, w.now = w.life.Idle+throttle, time.Now
	return w
}

// lasting are options for sessions that outlive a test.
func lasting(within time.Duration) store.NearOptions {
	return store.NearOptions{
		RedisOptions: store.RedisOptions{
			Lifetimes: store.Lifetimes{Idle: time.Hour, Absolute: 2 * time.Hour}, Throttle: 6 * time.Minute,
		},
		Within: within, Max: 100, Now: time.Now,
	}
}

// count is the value of one of the replica's metrics.
func (w *world) count(t *testing.T, name string) int {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(w.backend.(*store.Near).Metrics()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "authlab_near_"+name {
			m := f.GetMetric()[0]
			return int(m.GetCounter().GetValue() + m.GetGauge().GetValue())
		}
	}
	t.Fatal("no metric " + name)
	return 0
}

// remembers uses a session until the replica answers from its cache.
func (w *world) remembers(t *testing.T, id string) {
	t.Helper()
	hits := w.count(t, "hits_total")
	for deadline := time.Now().Add(patient); w.count(t, "hits_total") == hits; {
		if time.Now().After(deadline) {
			t.Fatal("it always asks")
		}
		w.wantAlive(t, id, true)
	}
}

// until waits for news to reach a replica.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patient); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// TestChangedElsewhere: one replica's change reaches the other, and takes effect on itself at once.
func TestChangedElsewhere(t *testing.T) {
	server := storetest.Redis(t, "")
	where := redis.Options{Address: server.Addr, AnswerWithin: patient}
	here, there := nearAt(t, where, lasting(patient)), nearAt(t, where, lasting(patient))
	for name, change := range map[string]func(id string, rec store.Record) error{
		"logout": func(_ string, rec store.Record) error {
			return here.backend.EndDevice(t.Context(), rec.User, rec.Device)
		},
		"ban": func(_ string, rec store.Record) error { return here.backend.EndUser(t.Context(), rec.User, "") },
		"role": func(_ string, rec store.Record) error {
			return here.backend.SetRole(t.Context(), rec.User, user.RoleAdmin, 2)
		},
		"renewal": func(id string, _ store.Record) error {
			s, err := here.store.New(request(id), cookieName)
			if err != nil {
				return err
			}
			return here.store.Regenerate(request(id), httptest.NewRecorder(), s)
		},
		"late logout": func(id string, _ store.Record) error {
			s, err := here.store.New(request(id), cookieName)
			if err == nil {
				err = here.store.Regenerate(request(id), httptest.NewRecorder(), s)
			}
			if err != nil {
				return err
			}
			there.remembers(t, s.ID)
			if err := here.store.EndMoved(request(id), cookieName); err != nil {
				return err
			}
			until(t, "the renewed session goes on", func() bool { _, ok := there.who(t, s.ID); return !ok })
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			id := here.login(t, "u1").ID
			here.remembers(t, id)
			there.remembers(t, id)
			rec, _ := here.who(t, id)
			bystander := here.login(t, "u2").ID
			there.remembers(t, bystander)
			if err := change(id, rec); err != nil {
				t.Fatal(err)
			}
			holds := func(w *world) bool {
				rec, ok := w.who(t, id)
				return name == "role" && ok && rec.Role == user.RoleAdmin || name != "role" && !ok
			}
			if !holds(here) {
				t.Error("the replica that made the change ignores it")
			}
			until(t, "the other replica does not hear of it", func() bool { return holds(there) })
			hits := there.count(t, "hits_total")
			there.wantAlive(t, bystander, true)
			if there.count(t, "hits_total") == hits {
				t.Error("another user's session was dropped too")
			}
		})
	}
	if n := there.count(t, "invalidations_total"); n < 5 {
		t.Errorf("%d invalidations", n)
	}
}

// TestChangesUnderUse: a session changes on another replica while its requests keep coming. Once a ping after a change
// was answered, no request gets an answer from before it.
func TestChangesUnderUse(t *testing.T) {
	server := storetest.Redis(t, "")
	where := redis.Options{Address: server.Addr, AnswerWithin: patient}
	here, there := nearAt(t, where, lasting(patient)), nearAt(t, where, lasting(patient))
	id := here.login(t, "u1").ID
	var using sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		using.Go(func() {
			for !done.Load() {
				if s, err := there.store.New(request(id), cookieName); err != nil || s.IsNew {
					t.Error("not logged in", err)
					return
				}
			}
		})
	}
	late := 0
	for i := range 200 {
		role := []user.Role{user.RoleAdmin, user.RoleUser}[i%2]
		if err := here.backend.SetRole(t.Context(), "u1", role, int64(i+2)); err != nil {
			t.Fatal(err)
		}
		if err := there.backend.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if rec, ok := there.who(t, id); !ok || rec.Role != role {
			late++
		}
	}
	done.Store(true)
	using.Wait()
	if late > 0 || there.count(t, "hits_total") == 0 {
		t.Errorf("%d late answers, %d from memory", late, there.count(t, "hits_total"))
	}
}

// slowTracker delays news, so that a change that does not wait for it is done too early.
type slowTracker struct{ redis.Tracker }

func (s slowTracker) Changed(key string) {
	time.Sleep(20 * time.Millisecond)
	s.Tracker.Changed(key)
}

// TestOwnChange: a change is not done before the replica that makes it has heard of it itself.
func TestOwnChange(t *testing.T) {
	server := storetest.Redis(t, "")
	w := nearBy(t, lasting(patient), func(tracker redis.Tracker) (*redis.Client, error) {
		return redis.Open(redis.Options{Address: server.Addr, AnswerWithin: patient, Tracker: slowTracker{tracker}})
	})
	for range 10 {
		id := w.login(t, "u1").ID
		w.remembers(t, id)
		if err := w.backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2); err != nil {
			t.Fatal(err)
		}
		if rec, ok := w.who(t, id); !ok || rec.Role != user.RoleAdmin {
			t.Errorf("alive %v with role %q", ok, rec.Role)
		}
		w.remembers(t, id)
		rec, _ := w.who(t, id)
		if err := w.backend.EndDevice(t.Context(), "u1", rec.Device); err != nil {
			t.Fatal(err)
		}
		w.wantAlive(t, id, false)
	}
}

// TestLostConnection: cached sessions go with the connection, and return with the next.
func TestLostConnection(t *testing.T) {
	server := storetest.Redis(t, "")
	w := nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, lasting(patient))
	id := w.login(t, "u1").ID
	w.remembers(t, id)
	flushes := w.count(t, "flushes_total")
	server.Cut()
	until(t, "nothing was forgotten", func() bool {
		return w.count(t, "flushes_total") > flushes && w.count(t, "sessions") == 0
	})
	w.wantBackWithin(t, id, patient)
	w.remembers(t, id)
	server.Stop()
	until(t, "nothing was forgotten", func() bool { return w.count(t, "sessions") == 0 })
	if s, err := w.store.New(request(id), cookieName); err == nil || errors.Is(err, store.ErrNotFound) || !s.IsNew {
		t.Errorf("with no store: %v", err)
	}
}

// TestSilence: a hung store, on a connection that stays open, is not mistaken for one without news.
func TestSilence(t *testing.T) {
	server := storetest.Redis(t, "")
	const within = 300 * time.Millisecond
	w := nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: 2 * within}, lasting(within))
	id := w.login(t, "u1").ID
	w.remembers(t, id)
	server.Pause()
	hung := time.Now().Add(50 * time.Millisecond) // until the signal is there
	for {
		began := time.Now()
		s, err := w.store.New(request(id), cookieName)
		if err != nil {
			break
		}
		if late := began.Sub(hung.Add(within)); s.IsNew || late > 0 {
			t.Fatalf("%v after the bound: new %v", late, s.IsNew)
		}
	}
	server.Resume()
	w.wantBackWithin(t, id, patient)
	w.remembers(t, id)
}

// TestFlood: unknown ids leave nothing behind, here or in the store, and the cache holds its maximum of sessions.
func TestFlood(t *testing.T) {
	server := storetest.Redis(t, "")
	o := lasting(patient)
	o.Max = 10
	w := nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, o)
	for i := range 1000 {
		id := fmt.Sprintf("%043d", i*4)
		w.wantAlive(t, id, false)
		if err := w.store.EndMoved(request(id), cookieName); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count(t, "sessions"); n != 0 {
		t.Errorf("%d sessions of unknown ids", n)
	}
	if !strings.Contains(server.Info("stats"), "tracking_total_keys:0\r\n") {
		t.Error("the store keeps track of ids that do not exist")
	}
	for range 30 {
		w.remembers(t, w.login(t, "u1").ID)
	}
	if n := w.count(t, "sessions"); n != 10 {
		t.Errorf("%d sessions, of at most 10", n)
	}
}
