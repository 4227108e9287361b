package token

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stored/mini"
	"authlab/servers/user"
)

// shared is a token server with a denylist in m, and the world's flags.
func shared(t *testing.T, m *miniredis.Miniredis, flags ...string) *world {
	t.Helper()
	m.SetTime(noon)
	return newWorld(t, "", append(flags, "--revocation=denylist", "--redis=redis://"+m.Addr())...)
}

func (w *world) want(what, token string, target error) {
	w.t.Helper()
	if _, err := w.me(token); !errors.Is(err, target) {
		w.t.Errorf("%s: %v, want %v", what, err, target)
	}
}

// TestDenylistIsBounded: an entry goes when it can apply to no token any more, and unknown tokens leave nothing.
func TestDenylistIsBounded(t *testing.T) {
	m := storetest.Mini(t)
	w := shared(t, m)
	for range 20 {
		g := w.login("alice")
		for range 3 {
			if err := w.Logout(nil, request(g.AccessToken, "")); err != nil {
				t.Fatal(err)
			}
		}
		w.want("after the logout", g.AccessToken, api.ErrUnauthenticated)
		for _, forged := range []string{g.AccessToken + "A", "x", g.AccessToken[:len(g.AccessToken)-4] + "AAAA"} {
			if err := w.Logout(nil, request(forged, "")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.SetRole(t.Context(), w.named("bob").ID, ""); err != nil {
		t.Fatal(err)
	}
	if n := len(m.Keys()); n != 21 {
		t.Errorf("20 logins and a role leave %d entries", n)
	}
	for _, key := range m.Keys() {
		if left := m.TTL(key); left < w.ttl+maxLeeway || left > w.ttl+maxLeeway+2*time.Minute {
			t.Errorf("%s stays for %v", key, left)
		}
	}
	m.FastForward(w.ttl + maxLeeway + 2*time.Minute)
	if n := len(m.Keys()); n != 0 {
		t.Errorf("%d entries are left when all tokens have expired", n)
	}
}

// TestDenylistOutageIsRetried: repeating a change that was answered 503 half-way completes it.
func TestDenylistOutageIsRetried(t *testing.T) {
	for name, change := range map[string]func(*world, api.Grant) error{
		"user": func(w *world, g api.Grant) error { return w.EndUser(w.t.Context(), g.Principal.ID, "") },
		"device": func(w *world, g api.Grant) error {
			return w.EndDevice(w.t.Context(), g.Principal.ID, g.Principal.Device)
		},
		"logout": func(w *world, g api.Grant) error { return w.Logout(nil, request(g.AccessToken, "")) },
	} {
		m := storetest.Mini(t)
		w := shared(t, m)
		g := w.login("alice")
		mini.Stop(m)
		if err := change(w, g); !errors.Is(err, api.ErrUnavailable) {
			t.Errorf("%s while the store is down: %v", name, err)
		}
		w.want(name+", store down", g.AccessToken, api.ErrUnavailable)
		if err := m.Restart(); err != nil {
			t.Fatal(err)
		}
		if err := change(w, g); err != nil {
			t.Errorf("%s, asked again: %v", name, err)
		}
		w.want(name+", asked again", g.AccessToken, api.ErrUnauthenticated)
	}
}

// TestReusedFamilyIsRevoked: when a refresh token has two holders, the thief's access tokens end too.
func TestReusedFamilyIsRevoked(t *testing.T) {
	w := shared(t, storetest.Mini(t))
	g := w.login("alice")
	next, err := w.refresh(g.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	w.dead("the first again", g.RefreshToken)
	w.want("the access token that the second holder has", next.AccessToken, api.ErrUnauthenticated)
}

// TestManyDevices ends one login fewer than all, more than fit into one round trip.
func TestManyDevices(t *testing.T) {
	w := shared(t, storetest.Mini(t))
	tokens := make([]api.Grant, endBatch+10)
	for i := range tokens {
		tokens[i] = w.login("alice")
	}
	keep := tokens[7].Principal
	if err := w.EndUser(t.Context(), keep.ID, keep.Device); err != nil {
		t.Fatal(err)
	}
	for i, g := range tokens {
		_, err := w.me(g.AccessToken)
		if alive := err == nil; alive != (i == 7) {
			t.Errorf("login %d: %v", i, err)
		}
	}
}

// TestRolesArriveInAnyOrder: the account's later version holds.
func TestRolesArriveInAnyOrder(t *testing.T) {
	m := storetest.Mini(t)
	w := shared(t, m)
	g := w.login("alice")
	u := w.named("alice")
	for _, step := range []struct {
		version int64
		role    user.Role
		want    user.Role
	}{
		{u.Version + 2, user.RoleAdmin, user.RoleAdmin},
		{u.Version + 1, user.RoleUser, user.RoleAdmin},
		{u.Version + 10, user.RoleUser, user.RoleUser},
		{u.Version + 9, user.RoleAdmin, user.RoleUser},
	} {
		changed := user.User{ID: u.ID, Role: step.role, Version: step.version}
		if err := w.revoked.setRole(t.Context(), changed, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if p, err := w.me(g.AccessToken); err != nil || p.Role != step.want {
			t.Errorf("after version %d: %+v, %v", step.version, p, err)
		}
	}
	for _, text := range []string{"x", "1", "1:", "1:root", ":admin", "x:admin"} {
		if err := m.Set(rolePrefix+u.ID, text); err != nil {
			t.Fatal(err)
		}
		w.want(fmt.Sprintf("the role %q", text), g.AccessToken, api.ErrUnavailable)
	}
}

// TestDenylistAsksOnce: a request is two commands, and one that cannot be genuine none. The client adds a few a second.
func TestDenylistAsksOnce(t *testing.T) {
	m := storetest.Mini(t)
	w := shared(t, m)
	g := w.login("alice")
	before, began := m.CommandCount(), time.Now()
	for range 10 {
		w.want("a good token", g.AccessToken, nil)
		w.want("an altered one", g.AccessToken+"A", api.ErrUnauthenticated)
	}
	own := 4 * int(time.Since(began)/time.Second+1)
	if asked := m.CommandCount() - before; asked < 20 || asked > 20+own {
		t.Errorf("10 requests asked %d times, at most %d of them not theirs", asked, own)
	}
}

func TestRevocationFlags(t *testing.T) {
	for flag, says := range map[string]string{
		"--revocation=never":                "denylist",
		"--redis=redis://127.0.0.1:1":       "--revocation denylist",
		"--redis-timeout=1s":                "--revocation denylist",
		"--redis-password-file=/etc/passwd": "--revocation denylist",
	} {
		refuses(t, says, flag)
	}
	refuses(t, "start it", "--revocation=denylist", "--redis=redis://127.0.0.1:1")
}
