package store_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

const cookieName = "authlab_session"

// world is a backend, a way to let time pass in it, and its clock. If the backend's clock cannot be moved, its content
// is aged.
type world struct {
	backend store.Backend
	store   *store.Store
	life    store.Lifetimes
	advance func(time.Duration)
	now     func() time.Time
}

// everywhere runs a test over every backend.
func everywhere(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { t.Parallel(); test(t, memoryWorld(t)) })
	t.Run("miniredis", func(t *testing.T) { t.Parallel(); test(t, miniWorld(t)) })
	t.Run("redis", func(t *testing.T) { t.Parallel(); test(t, redisWorld(t)) })
	t.Run("near", func(t *testing.T) { t.Parallel(); test(t, nearWorld(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, postgresWorld(t)) })
}

func (w *world) open(b store.Backend) *world {
	w.backend = b
	w.store = store.New(b, store.Options{Lifetimes: w.life})
	return w
}

func memoryWorld(t testing.TB) *world {
	c := newClock()
	w := &world{life: store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}, advance: c.advance, now: c.now}
	m := store.NewMemory(w.life, 100_000, c.now)
	t.Cleanup(func() { _ = m.Close() })
	return w.open(m)
}

func miniWorld(t testing.TB) *world {
	mini := storetest.Mini(t)
	w := &world{life: store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}, now: time.Now}
	w.advance = func(d time.Duration) { storetest.Age(t, mini.Addr(), d) }
	return w.open(connect(t, redis.Options{Address: mini.Addr(), AnswerWithin: patient},
		store.RedisOptions{Lifetimes: w.life}))
}

func redisWorld(t testing.TB) *world {
	server := storetest.Redis(t, "secret of the test")
	w := &world{
		life: store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}, advance: server.Age,
		now: time.Now,
	}
	return w.open(connect(t, redis.Options{Address: server.Addr, Password: server.Password, AnswerWithin: patient},
		store.RedisOptions{Lifetimes: w.life}))
}

// patient is a generous store timeout for tests that are not about timing: the machine may be busy with others.
const patient = 10 * time.Second

func connect(t testing.TB, where redis.Options, o store.RedisOptions) *store.Redis {
	t.Helper()
	client, err := redis.Open(where)
	if err != nil {
		t.Fatal(err)
	}
	r := store.NewRedis(client, o)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// request makes a request with the session cookie id, or none if "".
func request(id string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/v1/me", nil)
	if id != "" {
		r.AddCookie(&http.Cookie{Name: cookieName, Value: id})
	}
	return r
}

// login creates a session for the user and returns it.
func (w *world) login(t testing.TB, userID string) *sessions.Session {
	t.Helper()
	r := request("")
	s, err := w.store.New(r, cookieName)
	if err != nil {
		t.Fatal(err)
	}
	store.SetRecord(s, store.Record{
		User: userID, Name: "name of " + userID, Role: user.RoleUser, Version: 1, Device: store.NewDevice(),
		Agent: "test\nagent",
	})
	if err := w.store.Save(r, httptest.NewRecorder(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// who returns the record behind an id, and whether there is one.
func (w *world) who(t testing.TB, id string) (store.Record, bool) {
	t.Helper()
	s, err := w.store.New(request(id), cookieName)
	if err != nil {
		t.Fatalf("read session: %v", err)
	}
	rec, ok := store.RecordOf(s)
	if ok == s.IsNew {
		t.Fatalf("IsNew = %v with a record: %v", s.IsNew, ok)
	}
	return rec, ok
}

func (w *world) wantAlive(t testing.TB, id string, want bool) {
	t.Helper()
	if _, ok := w.who(t, id); ok != want {
		t.Errorf("session alive = %v, want %v", ok, want)
	}
}
