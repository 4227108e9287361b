package program_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/api/program"
)

func TestHealthcheck(t *testing.T) {
	server := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				status = http.StatusTeapot
			}
			w.WriteHeader(status)
			io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		return strings.TrimPrefix(s.URL, "http://")
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	away := httptest.NewServer(http.RedirectHandler("http://"+server(200, "")+"/readyz", http.StatusFound))
	t.Cleanup(away.Close)
	ready := server(200, `{"status":"ready"}`)
	_, port, _ := net.SplitHostPort(ready)

	for _, c := range []struct {
		name, listen string
		stdout, err  string // part of either
		asked        bool   // the command line was wrong
	}{
		{"ready", ready, "ready: " + ready + " answers 200\n", "", false},
		{"listens everywhere", ":" + port, "ready: " + ready + " answers 200\n", "", false},
		{"listens on every IPv4 address", "0.0.0.0:" + port, "ready: " + ready + " answers 200\n", "", false},
		{"draining", server(503, `{"detail":"draining"}`), "", "answers 503 (draining)", false},
		{"something else listens", server(404, "<html>"), "", "answers 404", false},
		{"redirects to a server that is ready", strings.TrimPrefix(away.URL, "http://"), "", "answers 302", false},
		{"nothing listens", closed.Addr().String(), "", "connection refused", false},
		{"any port", "127.0.0.1:0", "", "needs the port", true},
		{"no address", "8080", "", "--listen must be HOST:PORT", true},
	} {
		var stdout strings.Builder
		err := program.Healthcheck(t.Context(), c.listen, &stdout)
		if stdout.String() != c.stdout {
			t.Errorf("%s: says %q, want %q", c.name, &stdout, c.stdout)
		}
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.err)
		case errors.As(err, &program.Usage{}) != c.asked:
			t.Errorf("%s: error %#v, a usage error: %v", c.name, err, c.asked)
		}
	}
}
