package store_test

import (
	"errors"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stall"
	"authlab/servers/user"
)

// promptly is how long a call may take to report an outage: 300 ms are promised, the rest is for the timers. The time
// that the machine kept the test waiting is added to it.
const promptly = 400 * time.Millisecond

// machine measures how long a test was kept waiting.
var machine = stall.Begin()

// lastingWorld is a real Redis with lifetimes that outlast the test.
func lastingWorld(t *testing.T, answerWithin time.Duration) (*world, *storetest.Server) {
	return lastingWorldOver(t, redis.Options{AnswerWithin: answerWithin})
}

// eitherClient runs a test over both ways to reach a Redis: over shared connections, and over one from a pool for each
// command.
func eitherClient(t *testing.T, test func(t *testing.T, w *world, server *storetest.Server)) {
	for name, plain := range map[string]bool{"pipelined": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			w, server := lastingWorldOver(t, redis.Options{Plain: plain})
			test(t, w, server)
		})
	}
}

func lastingWorldOver(t *testing.T, where redis.Options) (*world, *storetest.Server) {
	server := storetest.Redis(t, "")
	w := &world{life: store.Lifetimes{Idle: time.Hour, Absolute: 2 * time.Hour}, now: time.Now}
	where.Address = server.Addr
	return w.open(connect(t, where, store.RedisOptions{Lifetimes: w.life})), server
}

// wantOutage does everything that can be done to a session, and wants each to fail in time, without a claim or a
// cookie.
func (w *world) wantOutage(t *testing.T, id string) {
	t.Helper()
	ctx := t.Context()
	rec := store.Record{User: "u1", Device: "d", Role: user.RoleUser}
	session := w.store.Empty(cookieName)
	session.ID = id
	store.SetRecord(session, rec)
	for name, do := range map[string]func(*httptest.ResponseRecorder) error{
		"read": func(*httptest.ResponseRecorder) error {
			s, err := w.store.New(request(id), cookieName)
			if !s.IsNew {
				t.Error("a session out of nowhere")
			}
			return err
		},
		"update": func(rw *httptest.ResponseRecorder) error { return w.store.Save(request(id), rw, session) },
		"renew":  func(rw *httptest.ResponseRecorder) error { return w.store.Regenerate(request(id), rw, session) },
		"create": func(rw *httptest.ResponseRecorder) error {
			s, _ := w.store.New(request(""), cookieName)
			store.SetRecord(s, rec)
			return w.store.Save(request(""), rw, s)
		},
		"end":      func(*httptest.ResponseRecorder) error { return w.store.End(ctx, session) },
		"end user": func(*httptest.ResponseRecorder) error { return w.backend.EndUser(ctx, "u1", "") },
		"set role": func(*httptest.ResponseRecorder) error { return w.backend.SetRole(ctx, "u1", user.RoleUser, 2) },
		"devices":  func(*httptest.ResponseRecorder) error { _, err := w.backend.Devices(ctx, "u1"); return err },
		"ping":     func(*httptest.ResponseRecorder) error { return w.backend.Ping(ctx) },
	} {
		rw, begun, late := httptest.NewRecorder(), time.Now(), machine.Mark()
		err := do(rw)
		if took := time.Since(begun); took > promptly+late() {
			t.Errorf("%s: took %v", name, took)
		}
		if err == nil || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrAmbiguous) || len(rw.Header()) != 0 {
			t.Errorf("%s: error %v, header %v", name, err, rw.Header())
		}
	}
}

func (w *world) wantBackWithin(t *testing.T, id string, d time.Duration) {
	t.Helper()
	late := machine.Mark()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		s, err := w.store.New(request(id), cookieName)
		if err == nil && !s.IsNew {
			return
		}
		if time.Since(began) > d+late() {
			t.Fatalf("not back after %v: new %v, %v", d, s.IsNew, err)
		}
		if err == nil {
			t.Fatal("the session is gone")
		}
	}
}

func TestStoreStops(t *testing.T) { eitherClient(t, storeStops) }

func storeStops(t *testing.T, w *world, server *storetest.Server) {
	id := w.login(t, "u1").ID
	server.Stop()
	w.wantOutage(t, id)
	server.Start()
	late := machine.Mark()
	for began := time.Now(); w.backend.Ping(t.Context()) != nil; {
		if time.Since(began) > time.Second+late() {
			t.Fatal("a store that is back is not used after 1 s")
		}
	}
	w.wantAlive(t, id, false) // it came back empty
	w.wantAlive(t, w.login(t, "u1").ID, true)
}

// TestRestartBetweenRequests: connections that died while idle cause no request an error, however many there were.
func TestRestartBetweenRequests(t *testing.T) { eitherClient(t, restartBetweenRequests) }

func restartBetweenRequests(t *testing.T, w *world, server *storetest.Server) {
	w.busy(t, w.login(t, "u1").ID, 16, 50) // connections as under load
	server.Stop()
	server.Start()
	w.wantAlive(t, strings.Repeat("A", 43), false)
}

func TestStoreHangs(t *testing.T) { eitherClient(t, storeHangs) }

func storeHangs(t *testing.T, w *world, server *storetest.Server) {
	id := w.login(t, "u1").ID
	w.busy(t, id, 16, 50) // connections as under load
	before := runtime.NumGoroutine()

	server.Pause()
	w.wantOutage(t, id)
	late := machine.Mark()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var slowest time.Duration
	begun := time.Now()
	for range 2000 { // more than fit into a connection's pipeline, over a second
		wg.Go(func() {
			begun := time.Now()
			if s, err := w.store.New(request(id), cookieName); err == nil || !s.IsNew {
				t.Error("answered by a hung store")
			}
			mu.Lock()
			slowest = max(slowest, time.Since(begun))
			mu.Unlock()
		})
		time.Sleep(500 * time.Microsecond)
	}
	wg.Wait()
	t.Logf("2000 requests in %v, slowest answer after %v", time.Since(begun), slowest)
	if slowest > promptly+late() {
		t.Errorf("an answer took %v", slowest)
	}

	server.Resume()
	w.wantBackWithin(t, id, time.Second)
	w.wantGoroutines(t, before+2)
}

// TestStoreHangsUnderLoad: the pipeline is in full use at the moment of the hang.
func TestStoreHangsUnderLoad(t *testing.T) { eitherClient(t, storeHangsUnderLoad) }

func storeHangsUnderLoad(t *testing.T, w *world, server *storetest.Server) {
	id := w.login(t, "u1").ID
	w.busy(t, id, 32, 20)
	before := runtime.NumGoroutine()

	var mu sync.Mutex
	var slowest time.Duration
	failed, hung := 0, make(chan struct{})
	late := machine.Mark()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for {
				begun := time.Now()
				_, err := w.store.New(request(id), cookieName)
				mu.Lock()
				slowest = max(slowest, time.Since(begun))
				if err != nil {
					failed++
				}
				mu.Unlock()
				select {
				case <-hung:
					return
				default:
				}
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	server.Pause()
	time.Sleep(500 * time.Millisecond)
	close(hung)
	wg.Wait()
	if failed == 0 || slowest > promptly+late() {
		t.Errorf("%d failed, slowest %v", failed, slowest)
	}
	server.Resume()
	w.wantBackWithin(t, id, time.Second)
	w.wantGoroutines(t, before+2)
}

// TestSlowStore: a store that takes 100 ms a command (another continent) is slow and not down. Redis's DEBUG SLEEP
// would block it, so pauses stand in for the distance.
func TestSlowStore(t *testing.T) { eitherClient(t, slowStore) }

func slowStore(t *testing.T, w *world, server *storetest.Server) {
	id := w.login(t, "u1").ID
	for range 5 {
		server.Pause()
		time.AfterFunc(100*time.Millisecond, server.Resume)
		w.wantAlive(t, id, true)
	}
}

// busy does n·rounds reads from n goroutines. On a machine that others keep busy too, one may have to be asked again.
func (w *world) busy(t *testing.T, id string, n, rounds int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for range rounds {
				s, err := w.store.New(request(id), cookieName)
				for began := time.Now(); err != nil && time.Since(began) < 30*time.Second; {
					s, err = w.store.New(request(id), cookieName)
				}
				if err != nil || s.IsNew {
					t.Error("not logged in", err)
				}
			}
		})
	}
	wg.Wait()
}

func (w *world) wantGoroutines(t *testing.T, atMost int) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Second); runtime.NumGoroutine() > atMost; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), atMost, buf[:runtime.Stack(buf, true)])
		}
	}
}
