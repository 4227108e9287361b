package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user/usertest"
)

// wrongBy lists how far a replica's clock is off: a little, more than a leeway, a wrong time zone, and more than any
// session's life.
var wrongBy = []time.Duration{
	15 * time.Second, -15 * time.Second, 130 * time.Second, -130 * time.Second,
	13 * time.Hour, -13 * time.Hour, 8 * 24 * time.Hour, -8 * 24 * time.Hour,
}

// shared is a store that replicas of any clock share, and a way to age its content.
type shared struct {
	replica func(now func() time.Time) *world
	age     func(time.Duration)
	asks    bool // the replica's clock too
}

func sharedStores(t *testing.T) map[string]shared {
	life := store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}
	server, mini, url := storetest.Redis(t, ""), storetest.Mini(t), usertest.SharedPostgres(t).NewDatabase(t)
	inRedis := func(addr string, throttle time.Duration) func(func() time.Time) *world {
		return func(func() time.Time) *world {
			w := &world{life: life, now: time.Now}
			return w.open(connect(t, redis.Options{Address: addr, AnswerWithin: patient},
				store.RedisOptions{Lifetimes: life, Throttle: throttle}))
		}
	}
	return map[string]shared{
		"redis":     {inRedis(server.Addr, 0), server.Age, false},
		"throttled": {inRedis(server.Addr, time.Second), server.Age, false},
		"miniredis": {inRedis(mini.Addr(), 0), func(d time.Duration) { storetest.Age(t, mini.Addr(), d) }, false},
		"near": {func(now func() time.Time) *world {
			return nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, store.NearOptions{
				RedisOptions: store.RedisOptions{Lifetimes: life, Throttle: time.Second}, Within: patient, Max: 100, Now: now,
			})
		}, server.Age, true},
		"postgres": {func(func() time.Time) *world { return postgresAt(t, url, 0) }, storetest.AgePostgres(t, url), false},
	}
}

// TestReplicasDisagreeAboutTheTime: a session of one replica lives for all until the store's clock says that its idle
// or absolute time is over, and is then over for all. No store asks a replica for the time; Near asks only how much has
// passed.
func TestReplicasDisagreeAboutTheTime(t *testing.T) {
	for name, s := range sharedStores(t) {
		for i, by := range wrongBy {
			if i > 0 && !s.asks {
				break // each would be the same
			}
			t.Run(fmt.Sprint(name, by), func(t *testing.T) {
				wrong := newClock()
				wrong.t = time.Now().Add(by)
				pass := func(d time.Duration) { wrong.advance(d); s.age(d) }
				here, there := s.replica(time.Now), s.replica(wrong.now)
				for _, made := range []*world{here, there} {
					idle, busy := made.login(t, "u1"), made.login(t, "u1")
					all := func(id string, alive bool) {
						t.Helper()
						for _, w := range []*world{there, here} {
							w.wantAlive(t, id, alive)
						}
					}
					rec, _ := store.RecordOf(busy)
					if off := time.Since(rec.Created); off.Abs() > time.Minute ||
						!time.UnixMilli(rec.Ends).Equal(rec.Created.Add(12*time.Hour)) {
						t.Errorf("a login now began %v ago, and ends %v later", off, time.UnixMilli(rec.Ends).Sub(rec.Created))
					}
					all(idle.ID, true)
					for range 11*60/20 + 1 {
						pass(20 * time.Minute)
						made.wantAlive(t, busy.ID, true)
					}
					all(busy.ID, true)
					until(t, "an idle session goes on", func() bool { _, ok := there.who(t, idle.ID); return !ok })
					all(idle.ID, false)
					if logins, err := there.backend.Devices(t.Context(), "u1"); err != nil || len(logins) != 1 ||
						time.Since(logins[0].LastSeen).Abs() > time.Minute {
						t.Errorf("devices %+v, %v", logins, err)
					}
					pass(29 * time.Minute)
					all(busy.ID, true)
					pass(29 * time.Minute)
					until(t, "a session goes on that is over", func() bool { _, ok := there.who(t, busy.ID); return !ok })
					all(busy.ID, false)
				}
			})
		}
	}
}

// TestCookieLastsAsTheStoreSays: how long a browser keeps a renewed id, or a second tab's, does not depend on a
// replica's clock.
func TestCookieLastsAsTheStoreSays(t *testing.T) {
	for name, s := range sharedStores(t) {
		wrong := newClock() // long ago
		w := s.replica(wrong.now)
		id := w.login(t, "u1").ID
		s.age(time.Minute)
		wrong.advance(time.Minute)
		for what, age := range map[string]int{"renewed": w.renewedFor(t, id), "a second tab's": w.rejoinedFor(t, id)} {
			if want := 12*3600 - 60; age > want || age < want-60 {
				t.Errorf("%s: the cookie, %s, lasts %d s, want %d", name, what, age, want)
			}
		}
	}
}

// TestOverIsAskedOfTheStore: a session that a replica thinks is over ends only if it is over by the store's clock. The
// replica's time is from its last answer, which may predate a correction.
func TestOverIsAskedOfTheStore(t *testing.T) {
	m := storetest.Mini(t)
	ahead := time.Now().Add(13 * time.Hour)
	m.SetTime(ahead)
	w := &world{life: store.Lifetimes{Idle: time.Hour, Absolute: 12 * time.Hour}, now: time.Now}
	client, err := redis.Open(redis.Options{Address: m.Addr(), AnswerWithin: patient})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	m.SetTime(time.Now())
	other := (&world{life: w.life, now: time.Now}).open(
		connect(t, redis.Options{Address: m.Addr(), AnswerWithin: patient}, store.RedisOptions{Lifetimes: w.life}))
	id := other.login(t, "u1").ID
	w.open(store.NewRedis(client, store.RedisOptions{Lifetimes: w.life}))
	w.wantAlive(t, id, true) // whether or not it has noticed
	other.wantAlive(t, id, true)
}

// TestNearRemembersNoLongerThanASessionLasts: a cached session ends when the session does, even if no use must be
// reported by then and nothing changes in the store. Each time the session is asked for, the replica's clock advances
// by its lifetime, and never by the throttle after which a use must be reported.
func TestNearRemembersNoLongerThanASessionLasts(t *testing.T) {
	server, c := storetest.Redis(t, ""), newClock()
	life := store.Lifetimes{Idle: time.Second, Absolute: time.Second}
	w := nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, store.NearOptions{
		RedisOptions: store.RedisOptions{Lifetimes: life, Throttle: 10000 * time.Hour}, Within: patient, Max: 10, Now: c.now,
	})
	var s *sessions.Session
	until(t, "no session is read in its time", func() bool { // a busy machine may take longer for one
		s = w.login(t, "u1")
		_, ok := w.who(t, s.ID)
		return ok
	})
	until(t, "a session that is over is not remembered", func() bool {
		c.advance(life.Absolute)
		_, ok := w.who(t, s.ID)
		return !ok
	})
}
