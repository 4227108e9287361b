package token

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

// world is a token server without its handlers, with a clock that the test moves.
type world struct {
	*Authenticator
	t     *testing.T
	clock atomic.Int64 // nanoseconds since 1970, of the replica and of the database
	still string       // the URL of a PostgreSQL that has a clock which a test moves
}

func (w *world) later(d time.Duration) {
	w.clock.Add(int64(d))
	if w.still != "" {
		usertest.SetClock(w.t, w.still, w.now())
	}
}

func (w *world) now() time.Time           { return time.Unix(0, w.clock.Load()) }
func (w *world) named(n string) user.User { u, _ := w.accounts.ByName(w.t.Context(), n); return u }

func newWorld(t *testing.T, database string, flags ...string) *world {
	t.Helper()
	w := &world{t: t}
	w.clock.Store(noon.UnixNano())
	switch {
	case strings.Contains(database, "search_path=still"):
		w.still = database
		w.later(0)
	case strings.HasPrefix(database, "postgres:"):
		w.clock.Store(time.Now().UnixNano())
	}
	accounts, err := user.Open(t.Context(), user.Config{URL: database, DemoUsers: true, HashMemory: 64, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { accounts.Close() })
	w.Authenticator, err = opened(t, api.Env{Accounts: accounts, Now: w.now, DemoUsers: true, Loopback: true}, flags...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func request(bearer, body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("User-Agent", "test")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return r
}

func (w *world) login(name string) api.Grant {
	w.t.Helper()
	g, err := w.Login(nil, request("", ""), w.named(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func (w *world) refresh(token string) (api.Grant, error) {
	return w.Refresh(nil, request("", `{"refresh_token":"`+token+`"}`))
}

func (w *world) me(token string) (api.Principal, error) {
	return w.Authenticate(nil, request(token, ""))
}

// dead checks that a refresh token is refused.
func (w *world) dead(what, token string) {
	w.t.Helper()
	if _, err := w.refresh(token); !errors.Is(err, api.ErrUnauthenticated) {
		w.t.Errorf("%s: %v", what, err)
	}
}

// alive checks that a refresh token works, and returns what it gives.
func (w *world) alive(what, token string) api.Grant {
	w.t.Helper()
	g, err := w.refresh(token)
	if err != nil {
		w.t.Errorf("%s: %v", what, err)
	}
	return g
}

// everywhere runs a test on both databases, each with a fresh one a call.
func everywhere(t *testing.T, test func(t *testing.T, fresh func(testing.TB) string)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "a.db") })
	})
	t.Run("postgres", func(t *testing.T) { test(t, usertest.SharedPostgres(t).NewStill) })
}

func TestLifeOfALogin(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		w := newWorld(t, fresh(t))
		g := w.login("alice")
		want := api.Principal{ID: w.named("alice").ID, Name: "alice", Role: user.RoleUser, Device: g.Principal.Device}
		if p, err := w.me(g.AccessToken); err != nil || p != want || g.Principal != want || g.ExpiresIn != 15*time.Minute {
			t.Errorf("%+v, %v, want %+v", p, err, want)
		}
		next := w.alive("first", g.RefreshToken)
		if next.Principal != want || next.RefreshToken == g.RefreshToken || next.AccessToken == g.AccessToken {
			t.Errorf("%+v", next)
		}
		if again := w.alive("lost answer", g.RefreshToken); again.RefreshToken != next.RefreshToken {
			t.Error("a repeated answer has another refresh token")
		}
		w.later(10 * time.Second)
		if again := w.alive("lost answer", g.RefreshToken); again.RefreshToken != next.RefreshToken {
			t.Error("a repeated answer has another refresh token")
		}
		third := w.alive("second", next.RefreshToken)
		w.dead("reuse of the first", g.RefreshToken)
		w.dead("family after reuse", third.RefreshToken)
		if _, err := w.me(third.AccessToken); err != nil {
			t.Error("the access token is not at its end: ", err)
		}
		w.later(w.EffectiveWithin())
		if _, err := w.me(third.AccessToken); !errors.Is(err, api.ErrUnauthenticated) {
			t.Error("after EffectiveWithin: ", err)
		}
	})
}

func TestThief(t *testing.T) {
	w := newWorld(t, "")
	g := w.login("alice")
	stolen := g.RefreshToken
	g = w.alive("owner", stolen)
	w.later(10*time.Second + time.Microsecond)
	w.dead("thief after the grace", stolen)
	w.dead("owner, who must log in again", g.RefreshToken)

	g = w.login("alice")
	stolen = g.RefreshToken
	g = w.alive("owner", stolen)
	w.alive("owner again", g.RefreshToken)
	w.dead("thief within the grace, but the next was presented", stolen)
	w.dead("owner", g.RefreshToken)
}

func TestLifetimes(t *testing.T) {
	const week = 7 * 24 * time.Hour
	w := newWorld(t, "")
	idle, busy := w.login("alice"), w.login("bob")
	for i := range 4 {
		w.later(week - time.Hour)
		busy = w.alive("busy", busy.RefreshToken)
		if i == 1 {
			w.dead("idle for longer than a week", idle.RefreshToken)
		}
	}
	w.later(30*24*time.Hour - 4*(week-time.Hour) - 5*time.Minute)
	busy = w.alive("five minutes before the end", busy.RefreshToken)
	if busy.ExpiresIn != 5*time.Minute {
		t.Errorf("an access token of %v, five minutes before the end of the login", busy.ExpiresIn)
	}
	w.later(5*time.Minute + time.Second)
	w.dead("thirty days", busy.RefreshToken)
	var n int
	w.later(sweepAfter)
	if err := w.families.sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if err := w.accounts.DB().Get(t.Context(), `SELECT COUNT(*) FROM token_families`, nil, &n); err != nil || n != 0 {
		t.Errorf("%d families, %v", n, err)
	}
}

func TestEnds(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		w := newWorld(t, fresh(t))
		ctx := t.Context()
		logout := func(bearer, body string) {
			t.Helper()
			for range 2 { // idempotent
				if err := w.Logout(nil, request(bearer, body)); err != nil {
					t.Error(err)
				}
			}
		}
		a, b, c, d := w.login("alice"), w.login("alice"), w.login("alice"), w.login("alice")
		other := w.login("bob")
		logout(a.AccessToken, "")
		w.dead("logged out by access token", a.RefreshToken)
		logout("", `{"refresh_token":"`+b.RefreshToken+`"}`)
		w.dead("logged out by refresh token", b.RefreshToken)
		logout("", "")
		logout("rubbish", `{"refresh_token":"rubbish"}`)
		w.later(time.Hour)
		logout(c.AccessToken, "{}")
		w.dead("logged out by an expired access token", c.RefreshToken)

		devices, err := w.Devices(ctx, d.Principal.ID)
		if err != nil || len(devices) != 1 || devices[0].ID != d.Principal.Device || devices[0].Agent != "test" ||
			!devices[0].Created.Equal(noon) {
			t.Errorf("%+v, %v", devices, err)
		}
		for _, id := range []string{other.Principal.Device, a.Principal.Device, "", "\x00", strings.Repeat("A", 22)} {
			if err := w.EndDevice(ctx, d.Principal.ID, id); !errors.Is(err, user.ErrNotFound) {
				t.Errorf("device %q: %v", id, err)
			}
		}
		e := w.login("alice")
		if err := w.EndDevice(ctx, d.Principal.ID, d.Principal.Device); err != nil {
			t.Error(err)
		}
		w.dead("ended device", d.RefreshToken)
		f := w.login("alice")
		if err := w.EndUser(ctx, f.Principal.ID, f.Principal.Device); err != nil {
			t.Error(err)
		}
		w.dead("other device", e.RefreshToken)
		f = w.alive("kept device", f.RefreshToken)
		if err := w.EndUser(ctx, f.Principal.ID, ""); err != nil {
			t.Error(err)
		}
		w.dead("all", f.RefreshToken)
		w.alive("bob", other.RefreshToken)
	})
}

func TestAccountChanges(t *testing.T) {
	w := newWorld(t, "")
	ctx := t.Context()
	g := w.login("alice")
	before := w.named("alice")
	if err := w.accounts.SetRole(ctx, user.Trusted, before.ID, user.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Login(nil, request("", ""), before); !errors.Is(err, api.ErrUnauthenticated) {
		t.Error("a login of an account that changed since: ", err)
	}
	if devices, err := w.Devices(ctx, before.ID); err != nil || len(devices) != 1 {
		t.Errorf("%d devices, %v", len(devices), err)
	}
	g = w.alive("role", g.RefreshToken)
	if p, err := w.me(g.AccessToken); err != nil || p.Role != user.RoleAdmin {
		t.Error(p, err)
	}
	// Disabled, and the server died before it could end the logins.
	if err := w.accounts.Disable(ctx, user.Trusted, before.ID); err != nil {
		t.Fatal(err)
	}
	w.dead("disabled", g.RefreshToken)
	if devices, err := w.Devices(ctx, before.ID); err != nil || len(devices) != 0 {
		t.Errorf("%d devices, %v", len(devices), err)
	}
}

// A login ends the one that it replaces, whichever user's it was.
func TestLoginEndsThePresentedOne(t *testing.T) {
	w := newWorld(t, "")
	old := w.login("alice")
	if _, err := w.Login(nil, request(old.AccessToken, ""), w.named("bob")); err != nil {
		t.Fatal(err)
	}
	w.dead("presented", old.RefreshToken)
	if _, err := w.Login(nil, request("rubbish", ""), w.named("bob")); err != nil {
		t.Error(err)
	}
}

func TestOutage(t *testing.T) {
	pg := usertest.StartPostgres(t)
	w := newWorld(t, pg.NewDatabase(t))
	g := w.login("alice")
	alice := w.named("alice")
	pg.Stop()
	_, refreshed := w.refresh(g.RefreshToken)
	_, loggedIn := w.Login(nil, request("", ""), alice)
	_, listed := w.Devices(t.Context(), alice.ID)
	for what, err := range map[string]error{
		"refresh": refreshed, "login": loggedIn, "devices": listed,
		"logout": w.Logout(nil, request(g.AccessToken, "")), "end": w.EndUser(t.Context(), alice.ID, ""),
	} {
		if !errors.Is(err, api.ErrUnavailable) || errors.Is(err, api.ErrUnauthenticated) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.dead("forged, without asking", device.encode([]key{alien}))
	if _, err := w.me(g.AccessToken); err != nil {
		t.Error("the access token needs the database: ", err)
	}
	pg.Start(t)
	w.alive("after the outage", g.RefreshToken)
}

// Many tabs that refresh at once all stay logged in, with one refresh token between them.
func TestManyTabs(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		w := newWorld(t, fresh(t))
		g := w.login("alice")
		for range 20 {
			got := make([]string, 16)
			var wg sync.WaitGroup
			for i := range got {
				wg.Go(func() { got[i] = w.alive("tab", g.RefreshToken).RefreshToken })
			}
			wg.Wait()
			for _, token := range got {
				if token != got[0] {
					t.Fatal("two tabs got different tokens")
				}
			}
			g.RefreshToken = got[0]
		}
	})
}

// Whether a logout comes before, within or after a refresh: nothing that either answered lives on.
func TestLogoutRacesRefresh(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(testing.TB) string) {
		w := newWorld(t, fresh(t))
		survivors := 0
		for range 1000 {
			g := w.login("alice")
			var next api.Grant
			var wg sync.WaitGroup
			wg.Go(func() { next, _ = w.refresh(g.RefreshToken) })
			wg.Go(func() {
				if err := w.Logout(nil, request(g.AccessToken, "")); err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			for _, token := range []string{g.RefreshToken, next.RefreshToken} {
				if _, err := w.refresh(token); err == nil {
					survivors++
				}
			}
		}
		if survivors > 0 {
			t.Errorf("%d logins survived their logout", survivors)
		}
	})
}
