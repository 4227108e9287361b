package run

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/cluster"
)

// newAttacked opens a server of this process that knows no caller.
func newAttacked(t *testing.T, handler http.HandlerFunc, rate float64) *Attacked {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	a, err := OpenAttacked(t.Context(), s.URL, false, rate)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func unauthorized(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }

// TestAttackedIsPaced: requests and connections together keep to the rate, and to what may be sent in all.
func TestAttackedIsPaced(t *testing.T) {
	a := newAttacked(t, unauthorized, 200)
	began := time.Now()
	for i := range 11 {
		if i%2 == 0 {
			if err := a.Pace(t.Context()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		conn, err := a.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("11 requests at 200/s took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Pace(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
	a.sent = MostAttacks
	if err := a.Pace(t.Context()); err == nil {
		t.Error("there is no bound")
	}
	if _, err := a.Dial(t.Context()); err == nil {
		t.Error("there is no bound of connections")
	}
}

// TestAttackedStaysThere: no other address is reached, and no redirect is followed.
func TestAttackedStaysThere(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("another server was asked")
	}))
	t.Cleanup(other.Close)
	a := newAttacked(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/balance" {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
			return
		}
		unauthorized(w, r)
	}, 1000)
	if !a.Near() {
		t.Error("loopback is not near")
	}
	answer, err := a.Client().Get(a.Base() + "/v1/balance")
	if err != nil || answer.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("the answer is %v: %v", answer, err)
	} else {
		answer.Body.Close()
	}
	if answer, err := a.Client().Get(other.URL); err == nil {
		answer.Body.Close()
		t.Error("an address was reached that was not checked")
	}
	_, err = OpenAttacked(t.Context(), "http://192.0.2.1:80", false, 100)
	if err == nil || !strings.Contains(err.Error(), "--i-own-this-target") {
		t.Errorf("another owner's server: %v", err)
	}
	_, err = OpenAttacked(t.Context(), "127.0.0.1:80", false, 100)
	if _, wrong := errors.AsType[cluster.Misuse](err); !wrong {
		t.Errorf("no URL: %v", err)
	}
}

// TestAttackedOverTLS: a connection by hand is encrypted too, and the server must show a certificate.
func TestAttackedOverTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(unauthorized))
	t.Cleanup(s.Close)
	a := newAttacked(t, unauthorized, 1000)
	at := strings.TrimPrefix(s.URL, "https://")
	a.base, a.host = s.URL, at
	a.pins.Allow(at, []netip.Addr{netip.MustParseAddr("127.0.0.1")})
	if _, err := a.Dial(t.Context()); !errors.As(err, new(x509.UnknownAuthorityError)) {
		t.Errorf("a server with a certificate of its own: %v", err)
	}
}
