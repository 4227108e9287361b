package store_test

import (
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
)

// TestThrottle: a session in use never times out, however rarely the store hears of it, and an unused one lives longer
// by at most the throttle.
func TestThrottle(t *testing.T) {
	const idle, throttle = 30 * time.Minute, 3 * time.Minute
	for name, open := range map[string]func(*testing.T, string, *clock, store.RedisOptions) *world{
		"redis": func(t *testing.T, addr string, _ *clock, o store.RedisOptions) *world {
			w := &world{life: o.Lifetimes, now: time.Now}
			return w.open(connect(t, redis.Options{Address: addr, AnswerWithin: patient}, o))
		},
		"near": func(t *testing.T, addr string, c *clock, o store.RedisOptions) *world {
			return nearAt(t, redis.Options{Address: addr, AnswerWithin: patient}, store.NearOptions{
				RedisOptions: o,
				Within:       patient, Max: 10, Now: c.now,
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, c := storetest.Redis(t, ""), newClock()
			w := open(t, server.Addr, c, store.RedisOptions{
				Lifetimes: store.Lifetimes{Idle: idle, Absolute: 12 * time.Hour}, Throttle: throttle,
			})
			pass := func(d time.Duration) { c.advance(d); server.Age(d) }
			id := w.login(t, "u1").ID
			w.wantSeen(t, time.Now(), 0)
			for i := range 60 { // none of them alone is a reason to write
				pass(throttle - 20*time.Second)
				w.wantAlive(t, id, true)
				if i == 0 {
					w.wantSeen(t, time.Now().Add(20*time.Second-throttle), 0)
				}
			}
			w.wantSeen(t, time.Now(), throttle)
			pass(throttle)
			w.wantAlive(t, id, true)
			w.wantSeen(t, time.Now(), 0)
			pass(throttle - time.Second) // not written
			w.wantAlive(t, id, true)
			pass(idle - time.Second)
			w.wantAlive(t, id, true)
			pass(idle + throttle + time.Second)
			w.wantAlive(t, id, false)
		})
	}
}

// TestThrottleAmongReplicas: prolonging a session is a change that every replica hears of. It costs each one or two
// questions per throttle, and does not make them keep asking.
func TestThrottleAmongReplicas(t *testing.T) {
	server, c := storetest.Redis(t, ""), newClock()
	o := lasting(patient)
	o.Now = c.now
	var replicas []*world
	for range 3 {
		replicas = append(replicas, nearAt(t, redis.Options{Address: server.Addr, AnswerWithin: patient}, o))
	}
	id := replicas[0].login(t, "u1").ID
	for range 3 {
		asked := 0
		for range 100 {
			for _, w := range replicas {
				before := w.count(t, "misses_total")
				w.wantAlive(t, id, true)
				asked += w.count(t, "misses_total") - before
			}
		}
		if asked > 3*len(replicas) {
			t.Errorf("300 requests asked %d times", asked)
		}
		c.advance(o.Throttle)
		server.Age(o.Throttle)
	}
}

// wantSeen checks that the one device of u1 was last seen at a given time, or up to a given duration before.
func (w *world) wantSeen(t *testing.T, at time.Time, before time.Duration) {
	t.Helper()
	logins, err := w.backend.Devices(t.Context(), "u1")
	if err != nil || len(logins) != 1 {
		t.Fatalf("%d devices, %v", len(logins), err)
	}
	const real = 10 * time.Second // the store's clock keeps running
	if ago := at.Sub(logins[0].LastSeen); ago < -real || ago > before+real {
		t.Errorf("seen %v before, want at most %v", ago, before)
	}
}
