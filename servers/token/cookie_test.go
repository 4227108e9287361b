package token

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authlab/servers/api"
)

// carrying is a request with the cookie that an answer has set.
func carrying(t *testing.T, answer *httptest.ResponseRecorder) *http.Request {
	t.Helper()
	set := answer.Result().Cookies()
	if len(set) != 1 {
		t.Fatalf("%d cookies were set", len(set))
	}
	r := request("", "")
	r.AddCookie(set[0])
	return r
}

// renewed presents a cookie for renewal, and returns the next request with the result.
func (w *world) renewed(r *http.Request) (*http.Request, error) {
	w.t.Helper()
	answer := httptest.NewRecorder()
	g, err := w.Refresh(answer, r)
	if err != nil {
		if len(answer.Result().Cookies()) != 0 {
			w.t.Error("a refusal sets a cookie")
		}
		return nil, err
	}
	if g.AccessToken != "" || g.RefreshToken != "" {
		w.t.Error("what is in the cookie is in the body too, where scripts can read it")
	}
	return carrying(w.t, answer), nil
}

func cookieLogin(w *world) *http.Request {
	w.t.Helper()
	answer := httptest.NewRecorder()
	g, err := w.Login(answer, request("", ""), w.named("alice"))
	if err != nil || g.AccessToken != "" || g.RefreshToken != "" {
		w.t.Fatal(g, err)
	}
	return carrying(w.t, answer)
}

// TestCookieRotates: a cookie that was renewed before is a used refresh token. Within the grace it is answered; later
// it ends the login, since two holders have it.
func TestCookieRotates(t *testing.T) {
	w := newWorld(t, "", "--carrier=cookie")
	r0 := cookieLogin(w)
	r1, err := w.renewed(r0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.renewed(r0); err != nil {
		t.Errorf("a second tab, within the grace: %v", err)
	}
	r2, err := w.renewed(r1)
	if err != nil {
		t.Fatal(err)
	}
	w.later(time.Minute)
	if _, err := w.renewed(r0); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("a used cookie: %v", err)
	}
	if _, err := w.renewed(r2); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("the latest cookie, when the login is ended: %v", err)
	}
}

// TestCookieOutlivesItsToken: the token in it expires soon, and then it can only be renewed.
func TestCookieOutlivesItsToken(t *testing.T) {
	w := newWorld(t, "", "--carrier=cookie")
	r := cookieLogin(w)
	w.later(w.families.idle - time.Second)
	if _, err := w.Authenticate(nil, r); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
	r, err := w.renewed(r)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := w.Authenticate(nil, r); err != nil || p.Name != "alice" {
		t.Error(p, err)
	}
	w.later(w.families.idle)
	if _, err := w.renewed(r); !errors.Is(err, api.ErrUnauthenticated) {
		t.Errorf("after the idle time: %v", err)
	}
}

// TestCookieNeedsItsGeneration: a token from a server that hands tokens out in bodies renews nothing.
func TestCookieNeedsItsGeneration(t *testing.T) {
	w := newWorld(t, "", "--carrier=cookie")
	genuine := cookieLogin(w)
	p, err := w.Authenticate(nil, genuine)
	if err != nil {
		t.Fatal(err)
	}
	for generation, want := range map[int64]error{0: api.ErrUnauthenticated, 1 << 32: api.ErrUnauthenticated, 1: nil} {
		c := w.verifier.about(w.named("alice"), p.Device, w.now(), w.now().Add(time.Minute))
		c.Generation = generation
		raw, err := w.verifier.sign(c)
		if err != nil {
			t.Fatal(err)
		}
		r := request("", "")
		r.AddCookie(&http.Cookie{Name: plainCookie, Value: raw})
		if _, err := w.renewed(r); !errors.Is(err, want) {
			t.Errorf("generation %d: %v, want %v", generation, err, want)
		}
	}
}

func TestCookieIsReadOneWay(t *testing.T) {
	c := newCookies(false)
	for _, test := range []struct {
		name   string
		header http.Header
		want   string
		err    error
	}{
		{"none", http.Header{}, "", nil},
		{"one", http.Header{"Cookie": {"a=1; authlab_token=x.y.z; b=2"}}, "x.y.z", nil},
		{"in quotes", http.Header{"Cookie": {`authlab_token="x.y.z"`}}, "", nil},
		{"two", http.Header{"Cookie": {"authlab_token=x; authlab_token=y"}}, "", api.ErrAmbiguous},
		{"two lines", http.Header{"Cookie": {"authlab_token=x", "authlab_token=x"}}, "", api.ErrAmbiguous},
		{"of a server behind TLS", http.Header{"Cookie": {"__Host-authlab_token=x"}}, "", nil},
		{"beside a header", http.Header{"Cookie": {"authlab_token=x"}, "Authorization": {"bearer y"}}, "", api.ErrAmbiguous},
		{"beside Basic", http.Header{"Cookie": {"authlab_token=x"}, "Authorization": {"Basic y"}}, "x", nil},
		{"a header alone", http.Header{"Authorization": {"Bearer y"}}, "", nil},
	} {
		r := request("", "")
		r.Header = test.header
		if got, err := c.access(r); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

func TestCarrierFlags(t *testing.T) {
	refuses(t, "header or cookie", "--carrier=query")
	_, err := opened(t, api.Env{}, "--carrier=cookie", "--key-file="+keyFile(t, goodHex, 0o600))
	if err == nil || !strings.Contains(err.Error(), "--insecure-cookies") {
		t.Errorf("cookies without TLS in sight: %v", err)
	}
}
