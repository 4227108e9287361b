package session

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stall"
	"authlab/servers/user"
)

// directory is accounts in a map.
type directory struct {
	mu    sync.Mutex
	users map[string]user.User
	err   error
	asked func() // called before an answer
}

func (d *directory) ByID(_ context.Context, id string) (user.User, error) {
	if d.asked != nil {
		d.asked()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	u, ok := d.users[id]
	if d.err == nil && !ok {
		return u, user.ErrNotFound
	}
	return u, d.err
}

func (d *directory) change(id string, change func(*user.User)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[id]
	change(&u)
	u.Version++
	d.users[id] = u
}

var (
	alice = user.User{ID: "1", Name: "alice", Role: user.RoleUser, Version: 1}
	bob   = user.User{ID: "2", Name: "bob", Role: user.RoleAdmin, Version: 1}
)

// lab is an Authenticator with accounts.
type lab struct {
	*Authenticator
	accounts *directory
	t        testing.TB
}

func newLab(t testing.TB, b store.Backend, secure bool) *lab {
	d := &directory{users: map[string]user.User{alice.ID: alice, bob.ID: bob}}
	a := New(Config{Backend: b, Accounts: d, Options: store.Options{Lifetimes: life, Secure: secure}})
	t.Cleanup(func() { _ = a.Close() })
	return &lab{Authenticator: a, accounts: d, t: t}
}

// patient is a generous store timeout for tests that are not about timing: the machine may be busy with others.
const patient = 10 * time.Second

var life = store.Lifetimes{Idle: 30 * time.Minute, Absolute: 12 * time.Hour}

func memory(testing.TB) store.Backend { return store.NewMemory(life, 1000, time.Now) }

func redisAt(t testing.TB, addr string, answerWithin time.Duration) store.Backend {
	client, err := redis.Open(redis.Options{Address: addr, AnswerWithin: answerWithin})
	if err != nil {
		t.Fatal(err)
	}
	return store.NewRedis(client, store.RedisOptions{Lifetimes: life})
}

func everywhere(t *testing.T, test func(t *testing.T, l *lab)) {
	t.Run("memory", func(t *testing.T) { test(t, newLab(t, memory(t), false)) })
	t.Run("miniredis", func(t *testing.T) { test(t, newLab(t, redisAt(t, storetest.Mini(t).Addr(), patient), false)) })
	t.Run("redis", func(t *testing.T) { test(t, newLab(t, redisAt(t, storetest.Redis(t, "").Addr, patient), false)) })
}

// ask makes a request with the cookies of earlier answers.
func ask(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	for _, c := range cookies {
		if c != nil {
			r.AddCookie(c)
		}
	}
	return r
}

func (l *lab) login(u user.User, presented *http.Cookie) *http.Cookie {
	l.t.Helper()
	rw := httptest.NewRecorder()
	r := ask(presented)
	r.Header.Set("User-Agent", "agent of "+u.Name)
	g, err := l.Login(rw, r, u)
	if err != nil || g.Principal.ID != u.ID || g.ExpiresIn != life.Idle {
		l.t.Fatalf("login: %+v, %v", g, err)
	}
	return rw.Result().Cookies()[0]
}

func (l *lab) me(c *http.Cookie) (api.Principal, error) {
	return l.Authenticate(httptest.NewRecorder(), ask(c))
}

func (l *lab) wantAlive(c *http.Cookie, want bool) {
	l.t.Helper()
	if _, err := l.me(c); (err == nil) != want || err != nil && !errors.Is(err, api.ErrUnauthenticated) {
		l.t.Errorf("authenticate: %v, want alive %v", err, want)
	}
}

func TestLoginMakesANewSessionAndEndsThePresentedOne(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		first := l.login(alice, nil)
		p, err := l.me(first)
		if err != nil || p.ID != alice.ID || p.Name != "alice" || p.Role != user.RoleUser || p.Device == "" {
			t.Fatalf("%+v, %v", p, err)
		}
		second := l.login(bob, first)
		l.wantAlive(first, false)
		l.wantAlive(second, true)
		invented := &http.Cookie{Name: plainCookie, Value: strings.Repeat("x", 42) + "A"}
		if third := l.login(alice, invented); third.Value == invented.Value {
			t.Error("an invented id was adopted")
		}
		l.wantAlive(invented, false)
		l.wantAlive(nil, false)
	})
}

func TestRefreshAndLogout(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		old := l.login(alice, nil)
		before, _ := l.me(old)
		rw := httptest.NewRecorder()
		if g, err := l.Refresh(rw, ask(old)); err != nil || g.Principal != before {
			t.Fatalf("%+v, %v", g, err)
		}
		renewed := rw.Result().Cookies()[0]
		l.wantAlive(old, false)
		if after, err := l.me(renewed); err != nil || after != before {
			t.Errorf("%+v, want %+v, %v", after, before, err)
		}
		if again := l.renew(old); again.Value != renewed.Value {
			t.Error("another tab got another id")
		}
		l.wantAlive(old, false)
		oldest := renewed
		renewed = l.renew(renewed)
		for _, void := range []*http.Cookie{old, {Name: plainCookie, Value: strings.Repeat("x", 42) + "A"}} {
			rw = httptest.NewRecorder()
			if _, err := l.Refresh(rw, ask(void)); !errors.Is(err, api.ErrUnauthenticated) || len(rw.Header()) != 0 {
				t.Errorf("refresh of a void id: %v, %v", err, rw.Header())
			}
		}
		if l.renew(oldest).Value != renewed.Value {
			t.Error("the id before the last is not given the last")
		}
		for range 2 { // the second finds nothing and succeeds
			rw = httptest.NewRecorder()
			if err := l.Logout(rw, ask(renewed)); err != nil || rw.Result().Cookies()[0].MaxAge >= 0 {
				t.Errorf("logout: %v, %v", err, rw.Header())
			}
			l.wantAlive(renewed, false)
		}
	})
}

func (l *lab) renew(c *http.Cookie) *http.Cookie {
	l.t.Helper()
	rw := httptest.NewRecorder()
	if _, err := l.Refresh(rw, ask(c)); err != nil {
		l.t.Fatal(err)
	}
	return rw.Result().Cookies()[0]
}

// TestLogoutWithTheIDBefore: the user clicked logout in one tab while another tab's refresh was in flight.
func TestLogoutWithTheIDBefore(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		other := l.login(alice, nil)
		before := l.login(alice, nil)
		renewed := l.renew(before)
		l.wantAlive(before, false)
		l.wantAlive(l.login(bob, before), true) // a login that presents a void id ends no login
		l.wantAlive(renewed, true)
		for range 2 {
			rw := httptest.NewRecorder()
			if err := l.Logout(rw, ask(before)); err != nil || rw.Result().Cookies()[0].MaxAge >= 0 {
				t.Errorf("logout: %v, %v", err, rw.Header())
			}
			l.wantAlive(renewed, false)
		}
		l.wantAlive(other, true)
	})
}

func TestDevicesOfAUser(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		ctx := t.Context()
		var cookies []*http.Cookie
		for range 3 {
			cookies = append(cookies, l.login(alice, nil))
			time.Sleep(2 * time.Millisecond) // an order
		}
		bobs := l.login(bob, nil)
		devices, err := l.Devices(ctx, alice.ID)
		if err != nil || len(devices) != 3 {
			t.Fatalf("%d devices, %v", len(devices), err)
		}
		slices.SortFunc(devices, func(a, b api.Device) int { return a.Created.Compare(b.Created) })
		for i, c := range cookies {
			p, _ := l.me(c)
			if d := devices[i]; d.ID != p.Device || d.Agent != "agent of alice" || time.Since(d.LastSeen) > time.Minute {
				t.Errorf("device %d: %+v, principal %+v", i, d, p)
			}
		}
		if err := l.EndDevice(ctx, bob.ID, devices[0].ID); !errors.Is(err, user.ErrNotFound) {
			t.Errorf("bob ends alice's device: %v", err)
		}
		if err := l.EndDevice(ctx, alice.ID, devices[0].ID); err != nil {
			t.Error(err)
		}
		l.wantAlive(cookies[0], false)
		l.accounts.change(alice.ID, func(u *user.User) { u.Role = user.RoleAdmin })
		if err := l.SetRole(ctx, alice.ID, user.RoleAdmin); err != nil {
			t.Error(err)
		}
		if p, _ := l.me(cookies[1]); p.Role != user.RoleAdmin {
			t.Errorf("role %q", p.Role)
		}
		if err := l.EndUser(ctx, alice.ID, devices[1].ID); err != nil {
			t.Error(err)
		}
		l.wantAlive(cookies[1], true)
		l.wantAlive(cookies[2], false)
		l.wantAlive(bobs, true)
	})
}

// TestChangeDuringLogin: an account that changes between the check of the password and the end of the login.
func TestChangeDuringLogin(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		presented := l.login(alice, nil)
		for name, change := range map[string]func(*user.User){
			"banned":   func(u *user.User) { u.Disabled = true },
			"password": func(*user.User) {},
			"role":     func(u *user.User) { u.Role = user.RoleAdmin },
		} {
			l.accounts.change(alice.ID, func(u *user.User) { *u = alice; u.Version-- }) // as it was
			l.accounts.asked = sync.OnceFunc(func() { l.accounts.change(alice.ID, change) })
			rw := httptest.NewRecorder()
			if _, err := l.Login(rw, ask(presented), alice); !errors.Is(err, api.ErrUnauthenticated) || len(rw.Header()) != 0 {
				t.Errorf("%s: %v, %v", name, err, rw.Header())
			}
		}
		l.accounts.asked = nil
		l.accounts.err = user.ErrUnavailable
		rw := httptest.NewRecorder()
		if _, err := l.Login(rw, ask(), bob); !errors.Is(err, api.ErrUnavailable) || len(rw.Header()) != 0 {
			t.Errorf("accounts down: %v, %v", err, rw.Header())
		}
		if devices, err := l.Devices(t.Context(), alice.ID); err != nil || len(devices) != 1 {
			t.Errorf("%d devices of alice left, %v", len(devices), err)
		}
		if devices, err := l.Devices(t.Context(), bob.ID); err != nil || len(devices) != 0 {
			t.Errorf("%d devices of bob left, %v", len(devices), err)
		}
	})
}

func TestTwoCredentials(t *testing.T) {
	l := newLab(t, memory(t), false)
	a, b := l.login(alice, nil), l.login(bob, nil)
	bearer := ask(a)
	bearer.Header.Set("Authorization", "bearer x")
	for name, r := range map[string]*http.Request{"two cookies": ask(a, b), "cookie and bearer": bearer} {
		rw := httptest.NewRecorder()
		_, err1 := l.Authenticate(rw, r)
		_, err2 := l.Refresh(rw, r)
		_, err3 := l.Login(rw, r, alice)
		for i, err := range []error{err1, err2, err3, l.Logout(rw, r)} {
			if !errors.Is(err, api.ErrAmbiguous) || len(rw.Header()) != 0 {
				t.Errorf("%s, %d: %v, %v", name, i, err, rw.Header())
			}
		}
	}
	alone := ask()
	alone.Header.Set("Authorization", "Bearer x")
	if _, err := l.Authenticate(httptest.NewRecorder(), alone); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("bearer alone: %v", err)
	}
	basic := ask(a)
	basic.Header.Set("Authorization", "Basic eDp5")
	if _, err := l.Authenticate(httptest.NewRecorder(), basic); err != nil {
		t.Errorf("basic is not ours: %v", err)
	}
}

func TestCookieAttributes(t *testing.T) {
	for _, secure := range []bool{false, true} {
		l := newLab(t, memory(t), secure)
		c := l.login(alice, nil)
		name := map[bool]string{false: plainCookie, true: secureCookie}[secure]
		if c.Name != name || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
			c.Domain != "" || len(c.Raw) > 4096 {
			t.Errorf("%s", c.Raw)
		}
		rw := httptest.NewRecorder()
		if err := l.Logout(rw, ask(c)); err != nil {
			t.Error(err)
		}
		gone := rw.Result().Cookies()[0]
		if gone.Name != name || gone.Secure != secure || gone.Path != "/" || gone.MaxAge != -1 {
			t.Errorf("%s", gone.Raw)
		}
	}
}

// machine measures how long a test was kept waiting.
var machine = stall.Begin()

// TestStoreDown: every answer is "unavailable", soon, and no cookie is set or cleared.
func TestStoreDown(t *testing.T) {
	for name, take := range map[string]func(*storetest.Server){
		"stopped": (*storetest.Server).Stop, "hung": (*storetest.Server).Pause,
	} {
		t.Run(name, func(t *testing.T) {
			server := storetest.Redis(t, "")
			l := newLab(t, redisAt(t, server.Addr, redis.AnswerWithin), false)
			c := l.login(alice, nil)
			take(server)
			rw, ctx := httptest.NewRecorder(), t.Context()
			for what, do := range map[string]func() error{
				"authenticate": func() error { _, err := l.Authenticate(rw, ask(c)); return err },
				"login":        func() error { _, err := l.Login(rw, ask(), alice); return err },
				"login again":  func() error { _, err := l.Login(rw, ask(c), alice); return err },
				"refresh":      func() error { _, err := l.Refresh(rw, ask(c)); return err },
				"logout":       func() error { return l.Logout(rw, ask(c)) },
				"end user":     func() error { return l.EndUser(ctx, alice.ID, "") },
				"set role":     func() error { return l.SetRole(ctx, alice.ID, user.RoleUser) },
				"devices":      func() error { _, err := l.Devices(ctx, alice.ID); return err },
				"end device":   func() error { return l.EndDevice(ctx, alice.ID, "x") },
				"ready":        func() error { return l.Ready(ctx) },
			} {
				begun, late := time.Now(), machine.Mark()
				err := do()
				if !errors.Is(err, api.ErrUnavailable) || errors.Is(err, api.ErrUnauthenticated) || len(rw.Header()) != 0 {
					t.Errorf("%s: %v, %v", what, err, rw.Header())
				}
				if took := time.Since(begun); took > 400*time.Millisecond+late() { // 300 are promised
					t.Errorf("%s took %v", what, took)
				}
			}
		})
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	for name, open := range map[string]func(testing.TB) store.Backend{
		"memory": memory,
		"redis":  func(t testing.TB) store.Backend { return redisAt(t, storetest.Redis(t, "").Addr, patient) },
	} {
		b.Run(name, func(b *testing.B) {
			l := newLab(b, open(b), false)
			c := l.login(alice, nil)
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				r, w := ask(c), httptest.NewRecorder()
				for pb.Next() {
					if _, err := l.Authenticate(w, r); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
