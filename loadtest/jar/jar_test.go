package jar

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// answer is the header of one that sets cookies.
func answer(cookies ...string) http.Header { return http.Header{"Set-Cookie": cookies} }

// shown are the two headers of a request with a jar.
func shown(j Jar, path string) (cookie, bearer string) {
	r := httptest.NewRequest("POST", path, nil)
	j.Show(r)
	return r.Header.Get("Cookie"), r.Header.Get("Authorization")
}

func TestCookiesGoWhereTheyAreFor(t *testing.T) {
	j := Jar{}.With(200, answer("id=1; Path=/", "device=2; Path=/v1/login"), nil)
	for path, want := range map[string]string{"/v1/me": "id=1", "/v1/login": "id=1; device=2"} {
		if got, bearer := shown(j, path); got != want || bearer != "" {
			t.Errorf("%s: %q and %q, want %q", path, got, bearer, want)
		}
	}
}

func TestAnAnswerReplacesAndTakes(t *testing.T) {
	first := Jar{}.With(200, answer("id=1; Path=/", "other=2; Path=/"), nil)
	second := first.With(200, answer("id=3; Path=/"), nil)
	third := second.With(401, answer("id=; Path=/; Max-Age=0", "other=4; Path=/v2"), nil)
	for i, test := range []struct {
		jar  Jar
		want string
	}{{first, "id=1; other=2"}, {second, "other=2; id=3"}, {third, "other=2"}} {
		if got, _ := shown(test.jar, "/v1/me"); got != test.want {
			t.Errorf("jar %d: %q, want %q", i, got, test.want)
		}
	}
}

func TestTokens(t *testing.T) {
	pair := []byte(`{"access_token":"a","refresh_token":"r"}`)
	j := Jar{}.With(200, nil, pair)
	if j.Access != "a" || j.Refresh != "r" || j.Renewal() != `{"refresh_token":"r"}` {
		t.Errorf("it keeps %+v, and renews by %s", j, j.Renewal())
	}
	if _, bearer := shown(j, "/v1/me"); bearer != "Bearer a" {
		t.Errorf("it shows %q", bearer)
	}
	if _, bearer := shown(j, "/v1/refresh"); bearer != "" {
		t.Errorf("a renewal shows %q", bearer)
	}
	for what, next := range map[string]Jar{
		"an error":             j.With(400, nil, []byte(`{"access_token":"b","refresh_token":"s"}`)),
		"an answer without":    j.With(200, nil, []byte(`{"user":{}}`)),
		"an answer of no JSON": j.With(200, nil, []byte("ok")),
	} {
		if next.Access != "a" || next.Refresh != "r" {
			t.Errorf("after %s it keeps %+v", what, next)
		}
	}
	if (Jar{}).Renewal() != "" {
		t.Error("a jar without a token renews by a body")
	}
}

func TestCloneIsApart(t *testing.T) {
	j := Jar{}.With(200, answer("id=1; Path=/"), nil)
	c := j.Clone()
	c.Cookies[0] = &http.Cookie{Name: "id", Value: "not a value, but sent", Path: "/"}
	if got, _ := shown(c, "/"); got != "id=not a value, but sent" {
		t.Errorf("it shows %q", got)
	}
	if got, _ := shown(j, "/"); got != "id=1" {
		t.Errorf("the other shows %q", got)
	}
}

func TestPathMatches(t *testing.T) {
	for path, want := range map[string]bool{
		"": true, "/": true, "/v1": true, "/v1/": true, "/v1/me": true, "v1/login": true,
		"/v1/login": false, "/v1/m": false, "/v1/me/x": false, "/v2": false,
	} {
		if got := PathMatches("/v1/me", path); got != want {
			t.Errorf("Path=%s: matches %v, want %v", path, got, want)
		}
	}
}
