package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestDeviceCookies(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	d := &deviceCookies{key: bytes.Repeat([]byte{1}, 32), now: clock}
	hand := func(account string) *http.Cookie {
		w := httptest.NewRecorder()
		d.hand(w, account)
		return w.Result().Cookies()[0]
	}
	hers := hand("alice")
	if len(hers.String()) > 250 {
		t.Errorf("a cookie of %d bytes", len(hers.String()))
	}
	sibling, stranger := &deviceCookies{key: d.key, now: clock}, &deviceCookies{key: make([]byte, 32), now: clock}
	secure := &deviceCookies{key: d.key, now: clock, secure: true}
	with := func(value string) *http.Cookie { return &http.Cookie{Name: hers.Name, Value: value} }
	var many []*http.Cookie
	for range maxDevices {
		many = append(many, with("x"))
	}
	for _, c := range []struct {
		what    string
		by      *deviceCookies
		account string
		cookies []*http.Cookie
		after   time.Duration
		known   bool
	}{
		{"her own", d, "alice", []*http.Cookie{hers}, 0, true},
		{"at a replica with the same key", sibling, "alice", []*http.Cookie{hers}, 0, true},
		{"at one with another key", stranger, "alice", []*http.Cookie{hers}, 0, false},
		{"on its last day", d, "alice", []*http.Cookie{hers}, deviceLife - time.Second, true},
		{"too late", d, "alice", []*http.Cookie{hers}, deviceLife, false},
		{"of another account", d, "bob", []*http.Cookie{hers}, 0, false},
		{"of an account that begins alike", d, "alice2", []*http.Cookie{hers}, 0, false},
		{"of another case", d, "Alice", []*http.Cookie{hers}, 0, false},
		{"none", d, "alice", nil, 0, false},
		{"beside others", d, "alice", []*http.Cookie{with("x"), hand("bob"), hers}, 0, true},
		{"behind more than are looked at", d, "alice", append(many, hers), 0, false},
		{"with more behind it", d, "alice", []*http.Cookie{with(hers.Value + "AAAA")}, 0, false},
		{"with the name of the other kind", secure, "alice", []*http.Cookie{hers}, 0, false},
	} {
		r := httptest.NewRequest("POST", "/v1/login", nil)
		for _, cookie := range c.cookies {
			r.AddCookie(cookie)
		}
		before := now
		now = now.Add(c.after)
		if got := c.by.known(r, c.account); (got != "") != c.known {
			t.Errorf("%s: known %v, want %v", c.what, got != "", c.known)
		}
		now = before
	}
}
