package control

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/api"
	"authlab/servers/user"
)

func TestTheHeaderIsBelieved(t *testing.T) {
	alice := api.Principal{ID: "1", Name: "alice", Role: user.RoleUser}
	for _, c := range []struct {
		name   string
		values []string
		want   api.Principal
		err    error
	}{
		{"a user", []string{"1;alice;user"}, alice, nil},
		{"an admin", []string{"2;root;admin"}, api.Principal{ID: "2", Name: "root", Role: user.RoleAdmin}, nil},
		{"no user", nil, api.Principal{}, api.ErrUnauthenticated},
		{"nothing", []string{""}, api.Principal{}, api.ErrUnauthenticated},
		{"two", []string{"1;alice;user", "2;root;admin"}, api.Principal{}, api.ErrAmbiguous},
		{"the same twice", []string{"1;alice;user", "1;alice;user"}, api.Principal{}, api.ErrAmbiguous},
		{"no role", []string{"1;alice"}, api.Principal{}, api.ErrUnauthenticated},
		{"an empty role", []string{"1;alice;"}, api.Principal{}, api.ErrUnauthenticated},
		{"an unknown role", []string{"1;alice;king"}, api.Principal{}, api.ErrUnauthenticated},
		{"a role in another case", []string{"1;alice;Admin"}, api.Principal{}, api.ErrUnauthenticated},
		{"a fourth field", []string{"1;alice;user;admin"}, api.Principal{}, api.ErrUnauthenticated},
		{"no id", []string{";alice;user"}, api.Principal{}, api.ErrUnauthenticated},
		{"no name", []string{"1;;user"}, api.Principal{}, api.ErrUnauthenticated},
		{"a long id", []string{strings.Repeat("1", 65) + ";alice;user"}, api.Principal{}, api.ErrUnauthenticated},
		{"a long name", []string{"1;" + strings.Repeat("a", 65) + ";user"}, api.Principal{}, api.ErrUnauthenticated},
	} {
		r := httptest.NewRequest("GET", "/v1/me", nil)
		r.Header[Header] = c.values
		got, err := believer{}.Authenticate(nil, r)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %+v, %v, want %+v, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func TestStrangersNeedAFlag(t *testing.T) {
	for _, c := range []struct{ loopback, flag, starts bool }{
		{true, false, true}, {true, true, true}, {false, true, true}, {false, false, false},
	} {
		s := &Scheme{unauthenticated: c.flag}
		_, err := s.Open(t.Context(), api.Env{Loopback: c.loopback})
		if errors.As(err, &api.Usage{}) == c.starts {
			t.Errorf("loopback %v, --unauthenticated %v: %v", c.loopback, c.flag, err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	r := httptest.NewRequest("GET", "/v1/me", nil)
	r.Header = http.Header{Header: {"a60c3750fc21760f4d15;load-000123;user"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (believer{}).Authenticate(nil, r); err != nil {
			b.Fatal(err)
		}
	}
}
