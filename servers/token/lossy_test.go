package token

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// own is a token server with a list in a real Redis, and this machine's time.
func own(t *testing.T, s *storetest.Server, revocation string, flags ...string) *world {
	t.Helper()
	w := newWorld(t, "")
	w.clock.Store(time.Now().UnixNano())
	return w.beside(0, append(flags, "--revocation="+revocation, "--redis="+s.URL())...)
}

// TestForeignKeysAreNoAnswer: a key of another type does not say whether a login has ended, and an ending replaces it.
func TestForeignKeysAreNoAnswer(t *testing.T) {
	for name, store := range map[string]func(*testing.T) (string, func(...string)){
		"redis": func(t *testing.T) (string, func(...string)) {
			s := storetest.Redis(t, "")
			return s.URL(), s.Command
		},
		"miniredis": func(t *testing.T) (string, func(...string)) {
			m := storetest.Mini(t)
			m.SetTime(time.Now())
			return "redis://" + m.Addr(), func(words ...string) {
				if words[0] == "DEL" {
					m.Del(words[1])
				} else if _, err := m.Lpush(words[1], words[2]); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, do := store(t)
			w := newWorld(t, "")
			w.clock.Store(time.Now().UnixNano())
			w = w.beside(0, "--revocation=denylist", "--redis="+url)
			g := w.login("alice")
			for what, key := range map[string]string{
				"login": endedPrefix + g.Principal.Device, "role": rolePrefix + g.Principal.ID,
			} {
				w.want("before", g.AccessToken, nil)
				do("LPUSH", key, "x")
				w.want("a list for the "+what, g.AccessToken, api.ErrUnavailable)
				do("DEL", key)
			}
			do("LPUSH", rolePrefix+g.Principal.ID, "x")
			u := user.User{ID: g.Principal.ID, Role: user.RoleAdmin, Version: 9}
			if err := w.revoked.setRole(t.Context(), u, time.Time{}); err != nil {
				t.Error(err)
			}
			if p, err := w.me(g.AccessToken); err != nil || p.Role != user.RoleAdmin {
				t.Errorf("a role in the place of a list: %+v, %v", p, err)
			}
			do("LPUSH", endedPrefix+g.Principal.Device, "x")
			if err := w.Logout(nil, request(g.AccessToken, "")); err != nil {
				t.Error(err)
			}
			w.want("a logout in the place of a list", g.AccessToken, errEnded)
		})
	}
}

// TestAReadOnlyRedisIsNoAnswer: it knows only what it knew when it became one.
func TestAReadOnlyRedisIsNoAnswer(t *testing.T) {
	s, master := storetest.Redis(t, ""), storetest.Redis(t, "")
	w := own(t, s, "denylist")
	g := w.login("alice")
	w.want("before", g.AccessToken, nil)
	host, port, err := net.SplitHostPort(master.Addr)
	if err != nil {
		t.Fatal(err)
	}
	s.Command("REPLICAOF", host, port)
	w.want("of a replica", g.AccessToken, api.ErrUnavailable)
}

// TestEntriesNeverGoSooner: ending a login again, or changing a role again, for less time than before shortens nothing.
func TestEntriesNeverGoSooner(t *testing.T) {
	m := storetest.Mini(t)
	w := shared(t, m)
	g := w.login("alice")
	id, far := g.Principal.Device, noon.Add(48*time.Hour)
	role := func(version int64, reach time.Time) {
		t.Helper()
		u := user.User{ID: "u", Role: user.RoleUser, Version: version}
		if err := w.revoked.setRole(t.Context(), u, reach); err != nil {
			t.Fatal(err)
		}
	}
	end := func(reach time.Time) {
		t.Helper()
		if err := w.revoked.end(t.Context(), login{id, reach}, login{strings.Repeat("C", 22), reach}); err != nil {
			t.Fatal(err)
		}
	}
	lasts := func(when string, least time.Duration) {
		t.Helper()
		for _, key := range []string{endedPrefix + id, endedPrefix + strings.Repeat("C", 22), rolePrefix + "u"} {
			if left := m.TTL(key); left < least || left > least+2*margin {
				t.Errorf("%s: %s lasts for %v, want %v", when, key, left, least)
			}
		}
	}
	end(time.Time{})
	role(2, time.Time{})
	lasts("for own tokens", w.ttl)
	end(far)
	role(2, far)
	lasts("for tokens of two days", 48*time.Hour)
	end(time.Time{})
	role(1, time.Time{})
	role(3, time.Time{})
	lasts("for own tokens again", 48*time.Hour)
	if now, err := m.Get(rolePrefix + "u"); err != nil || now != "3:user" {
		t.Error(now, err)
	}
	for _, key := range m.Keys() {
		value, err := m.Get(key)
		if err != nil {
			t.Fatal(err)
		}
		m.Del(key)
		if err := m.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	end(far)
	role(4, far)
	for _, key := range m.Keys() {
		if m.TTL(key) != 0 {
			t.Errorf("%s lasts for %v, and it had no end", key, m.TTL(key))
		}
	}
}

// TestAStartTellsRedisAgain: a starting replica restores, from the accounts database, what Redis lost before, as when
// it restarted empty.
func TestAStartTellsRedisAgain(t *testing.T) {
	m := storetest.Mini(t)
	w := shared(t, m)
	g := w.login("alice")
	if err := w.EndUser(t.Context(), g.Principal.ID, ""); err != nil {
		t.Fatal(err)
	}
	m.FlushAll()
	w.want("an ended login that Redis has lost", g.AccessToken, nil)
	other := w.beside(0, "--revocation=denylist", "--redis=redis://"+m.Addr())
	other.want("after a start", g.AccessToken, api.ErrUnauthenticated)
	w.want("after another's start", g.AccessToken, api.ErrUnauthenticated)
}

// TestRedisThatMayDropKeysIsRefused, whatever its policy. One that has dropped some gets them again.
func TestRedisThatMayDropKeysIsRefused(t *testing.T) {
	for _, revocation := range []string{"denylist", "push"} {
		s := storetest.Redis(t, "")
		s.Configure("maxmemory", "64mb")
		for _, policy := range []string{
			"allkeys-lru", "allkeys-lfu", "allkeys-random",
			"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
		} {
			s.Configure("maxmemory-policy", policy)
			refuses(t, policy, "--revocation="+revocation, "--redis="+s.URL())
		}
		s.Configure("maxmemory-policy", "noeviction")
		own(t, s, revocation)
		s.Configure("maxmemory-policy", "allkeys-lru")
		s.Evict()
		s.Configure("maxmemory-policy", "noeviction")
		own(t, s, revocation)
	}
}

// TestPolicyUnknown: a Redis that hides its policy is used, and the server says what it cannot promise.
func TestPolicyUnknown(t *testing.T) {
	s := storetest.Redis(t, "")
	s.Command("ACL", "SETUSER", "default", "-info")
	for _, revocation := range []string{"denylist", "push"} {
		w := own(t, s, revocation)
		w.want("a good token", w.login("alice").AccessToken, nil)
		if said := w.Weakened(); !strings.Contains(said, "INFO is refused") || w.Ready(t.Context()) != nil {
			t.Errorf("%s: %q", revocation, said)
		}
	}
}

// TestPolicyChanges while servers run: they fail closed, or open if told to, until it is right again, and what was
// dropped meanwhile is restored.
func TestPolicyChanges(t *testing.T) {
	for _, revocation := range []string{"denylist", "push"} {
		s := storetest.Redis(t, "")
		w := own(t, s, revocation)
		open := w.beside(0, "--revocation=push", "--push-lost=open", "--redis="+s.URL())
		good, ended, crowned := w.login("alice"), w.login("alice"), w.login("bob")
		if err := w.Logout(nil, request(ended.AccessToken, "")); err != nil {
			t.Fatal(err)
		}
		if err := w.accounts.SetRole(t.Context(), user.Trusted, crowned.Principal.ID, user.RoleAdmin); err != nil {
			t.Fatal(err)
		}
		if err := w.SetRole(t.Context(), crowned.Principal.ID, ""); err != nil {
			t.Fatal(err)
		}
		s.Configure("maxmemory", "64mb")
		s.Configure("maxmemory-policy", "allkeys-lru")
		ask := func() {
			t.Helper()
			for _, r := range []*world{w, open} {
				if _, err := listOf(r).redis.AskEviction(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		ask()
		for what, err := range map[string]error{
			"a good token": failure(w.me(good.AccessToken)), "ready": w.Ready(t.Context()),
			"login": failure(w.Login(nil, request("", ""), w.named("bob"))),
		} {
			if !errors.Is(err, api.ErrUnavailable) || !strings.Contains(err.Error(), "allkeys-lru") && what != "login" {
				t.Errorf("%s: %s under such a policy: %v", revocation, what, err)
			}
		}
		_, err := open.me(good.AccessToken)
		ready, said := open.Ready(t.Context()), open.Weakened()
		if err != nil || ready != nil || !strings.Contains(said, "allkeys-lru") {
			t.Errorf("failing open: %v, %v, %q", err, ready, said)
		}
		s.Command("FLUSHALL") // more than it would drop
		s.Configure("maxmemory-policy", "noeviction")
		ask()
		comes(t, revocation+": it can be relied on again", func() bool { return w.Ready(t.Context()) == nil })
		w.want("good, afterwards", good.AccessToken, nil)
		w.want("ended before", ended.AccessToken, errEnded)
		for _, r := range []*world{w, w.beside(0, "--revocation="+revocation, "--redis="+s.URL())} {
			r.want("ended before, on a replica", ended.AccessToken, errEnded)
			comes(t, revocation+": changed before", func() bool { return r.isAdmin(crowned) })
		}
	}
}

// isAdmin reports whether a token is accepted as an admin's.
func (w *world) isAdmin(g api.Grant) bool {
	p, err := w.me(g.AccessToken)
	return err == nil && p.Role == user.RoleAdmin
}

func failure[T any](_ T, err error) error { return err }

func listOf(w *world) *list {
	switch r := w.revoked.(type) {
	case *denylist:
		return &r.list
	case *pushed:
		return &r.list
	}
	w.t.Fatal("no list")
	return nil
}
