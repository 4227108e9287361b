package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/api"
	"authlab/servers/control"
	"authlab/servers/user"
)

// during is a body that triggers something while it is read: after every guard, and before the act.
type during struct {
	io.Reader
	happens func()
}

func (d *during) Read(p []byte) (int, error) {
	if d.happens != nil {
		d.happens()
		d.happens = nil
	}
	return d.Reader.Read(p)
}

// TestWhatLastsIsDecidedWhenItHappens sends acts whose caller loses the right before, or while the body is arriving.
func TestWhatLastsIsDecidedWhenItHappens(t *testing.T) {
	const role, transfer = `{"role":"admin"}`, `{"to":"admin","amount":1}`
	const password = `{"old":"` + user.DemoPassword + `","new":"another password"}`
	for _, c := range []struct {
		what, method, path, body string
		disabled, demoted        int
	}{
		{"role", "PUT", "/v1/admin/users/BOB/role", role, 401, 403},
		{"disable", "POST", "/v1/admin/users/BOB/disable", "", 401, 403},
		{"end logins", "DELETE", "/v1/admin/users/BOB/sessions", "", 401, 403},
		{"list", "GET", "/v1/admin/users", "", 401, 403},
		{"transfer", "POST", "/v1/transfers", transfer, 401, 200},
		{"password", "PUT", "/v1/password", password, 401, 204},
	} {
		for loss, want := range map[string]int{"disabled": c.disabled, "demoted": c.demoted} {
			for _, when := range []string{"before", "meanwhile"} {
				if when == "meanwhile" && c.body == "" {
					continue
				}
				accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
				if err != nil {
					t.Fatal(err)
				}
				defer accounts.Close()
				alice, _ := accounts.ByName(t.Context(), "alice")
				bob, _ := accounts.ByName(t.Context(), "bob")
				if err := accounts.SetRole(t.Context(), user.Trusted, alice.ID, user.RoleAdmin); err != nil {
					t.Fatal(err)
				}
				lose := func() {
					act := func() error { return accounts.Disable(t.Context(), user.Trusted, alice.ID) }
					if loss == "demoted" {
						act = func() error { return accounts.SetRole(t.Context(), user.Trusted, alice.ID, user.RoleUser) }
					}
					if err := act(); err != nil {
						t.Error(err)
					}
				}
				body := &during{Reader: strings.NewReader(c.body), happens: lose}
				if when == "before" {
					body.happens = nil
					lose()
				}
				l := &logins{alive: true}
				s := open(t, func(a api.Authenticator) api.Authenticator { l.Authenticator = a; return l },
					func(c *api.Config) { c.Accounts = accounts })
				r := httptest.NewRequest(c.method, strings.Replace(c.path, "BOB", bob.ID, 1), body)
				r.Header.Set(control.Header, alice.ID+";alice;admin")
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				s.Handler().ServeHTTP(w, r)
				if w.Code != want {
					t.Errorf("%s, %s %s: %d %s, want %d", c.what, loss, when, w.Code, w.Body, want)
				}
				refused := want >= 400
				if now, _ := accounts.ByID(t.Context(), bob.ID); refused && (now != bob || !l.alive) {
					t.Errorf("%s, %s %s: bob is %+v, his logins live: %v", c.what, loss, when, now, l.alive)
				}
				cents, _ := accounts.Balance(t.Context(), alice.ID)
				if refused != (cents == 1000_00) && c.what == "transfer" {
					t.Errorf("%s, %s %s: alice has %d cents", c.what, loss, when, cents)
				}
			}
		}
	}
}

// refusing is an Authenticator that refuses every login.
type refusing struct {
	api.Authenticator
	err error
}

func (r refusing) Login(http.ResponseWriter, *http.Request, user.User) (api.Grant, error) {
	return api.Grant{}, r.err
}

// TestOnlyALoginLeavesADevice: neither an outage nor a refusal hands out a cookie, or clears one.
func TestOnlyALoginLeavesADevice(t *testing.T) {
	accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	for _, c := range []struct {
		err             error
		password        string
		status, cookies int
	}{
		{nil, user.DemoPassword, 200, 1},
		{nil, "wrong", 401, 0},
		{api.ErrUnavailable, user.DemoPassword, 503, 0},
		{api.ErrUnauthenticated, user.DemoPassword, 401, 0},
		{api.ErrAmbiguous, user.DemoPassword, 400, 0},
	} {
		s := open(t, func(a api.Authenticator) api.Authenticator {
			if c.err != nil {
				return refusing{a, c.err}
			}
			return a
		}, func(c *api.Config) { c.Accounts = accounts })
		r := httptest.NewRequest("POST", "/v1/login", strings.NewReader(`{"username":"alice","password":"`+c.password+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if got := w.Header()["Set-Cookie"]; w.Code != c.status || len(got) != c.cookies {
			t.Errorf("%v, %s: %d and %q, want %d and %d cookies", c.err, c.password, w.Code, got, c.status, c.cookies)
		}
	}
}
