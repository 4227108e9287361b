package api_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/api"
	"authlab/servers/control"
	"authlab/servers/user"
)

// logins simulates logins in a store that can be down. They have the role that was last set, until they end.
type logins struct {
	api.Authenticator
	down  []bool // for each call while there are more
	alive bool
	role  user.Role
}

func (l *logins) reach(do func()) error {
	if len(l.down) > 0 {
		down := l.down[0]
		if l.down = l.down[1:]; down {
			return api.Unavailable("the store is down")
		}
	}
	do()
	return nil
}

func (l *logins) EndUser(context.Context, string, string) error {
	return l.reach(func() { l.alive = false })
}

func (l *logins) SetRole(_ context.Context, _ string, role user.Role) error {
	return l.reach(func() { l.role = role })
}

// TestChangesWhileTheStoreIsDown: while the store does not answer, an account stays as it is. If the store fails
// between two calls, asking again completes the change. No answer reports a change that was not made.
func TestChangesWhileTheStoreIsDown(t *testing.T) {
	const member, admin = user.RoleUser, user.RoleAdmin
	type state struct {
		status   int
		changed  bool // the account
		alive    bool
		role     user.Role
		password bool // the old one still works
	}
	untouched := state{503, false, true, member, true}
	for _, c := range []struct {
		method, path, body string
		half, whole        state // with the store down at the second call; and in the end
	}{
		{"POST", "/v1/admin/users/ID/disable", "", state{503, true, false, member, false}, state{
			204, true, false, member,
			false,
		}},
		{
			"PUT", "/v1/admin/users/ID/role", `{"role":"admin"}`,
			state{503, true, true, member, true},
			state{204, true, true, admin, true},
		},
		{
			"PUT", "/v1/password", `{"old":"` + user.DemoPassword + `","new":"another password"}`,
			state{503, true, false, member, false},
			state{204, true, false, member, false},
		},
	} {
		for _, down := range [][]bool{nil, {true}, {true, true}, {false, true}} {
			accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
			if err != nil {
				t.Fatal(err)
			}
			defer accounts.Close()
			alice, _ := accounts.ByName(t.Context(), "alice")
			root, _ := accounts.ByName(t.Context(), "admin")
			l := &logins{down: down, alive: true, role: member}
			s := open(t, func(a api.Authenticator) api.Authenticator { l.Authenticator = a; return l },
				func(c *api.Config) { c.Accounts = accounts })
			ask := func(body string) state {
				r := httptest.NewRequest(c.method, strings.Replace(c.path, "ID", alice.ID, 1), strings.NewReader(body))
				r.Header.Set(control.Header, root.ID+";admin;admin")
				if c.path == "/v1/password" {
					r.Header.Set(control.Header, alice.ID+";alice;user")
				}
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				s.Handler().ServeHTTP(w, r)
				now, _ := accounts.ByID(t.Context(), alice.ID)
				_, err := accounts.Verify(t.Context(), "alice", user.DemoPassword)
				return state{w.Code, now != alice, l.alive, l.role, err == nil}
			}
			for range down {
				if len(l.down) == 0 {
					break // the second call was in the previous attempt
				}
				want := untouched
				if !l.down[0] {
					want = c.half
				}
				if got := ask(c.body); got != want {
					t.Errorf("%s, down %v: %+v, want %+v", c.path, down, got, want)
				}
			}
			body := c.body
			if len(down) == 2 && !down[0] { // the password is already the new one
				body = strings.Replace(body, user.DemoPassword, "another password", 1)
			}
			if got := ask(body); got != c.whole {
				t.Errorf("%s, down %v, and then up: %+v, want %+v", c.path, down, got, c.whole)
			}
		}
	}
}

// TestAWrongPasswordEndsNothing: guessing a password ends no login of its user.
func TestAWrongPasswordEndsNothing(t *testing.T) {
	accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	alice, _ := accounts.ByName(t.Context(), "alice")
	l := &logins{alive: true}
	s := open(t, func(a api.Authenticator) api.Authenticator { l.Authenticator = a; return l },
		func(c *api.Config) { c.Accounts = accounts })
	for _, c := range []struct {
		old, replacement string
		status           int
	}{{"a wrong password", "another password", 403}, {user.DemoPassword, "short", 422}} {
		r := httptest.NewRequest("PUT", "/v1/password", strings.NewReader(`{"old":"`+c.old+`","new":"`+c.replacement+`"}`))
		r.Header.Set(control.Header, alice.ID+";alice;user")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != c.status || !l.alive {
			t.Errorf("%d, want %d; alive %v", w.Code, c.status, l.alive)
		}
	}
}
