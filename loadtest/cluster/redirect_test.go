package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

// bystander is a server that was never named: a request that reaches it was sent on by another server.
func bystander(t *testing.T) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("X-Replica", "a")
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func TestNoRedirectIsFollowed(t *testing.T) {
	other, asked := bystander(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		redirects := func(paths ...string) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Replica", "a")
				for _, path := range paths {
					if r.URL.Path == path {
						w.Header().Set("Location", other+"/\u202e\u009b")
						w.WriteHeader(status)
						return
					}
				}
				w.WriteHeader(http.StatusUnauthorized)
			}))
			t.Cleanup(s.Close)
			return s.URL
		}
		good := redirects()
		for name, c := range map[string]TargetConfig{
			"the target":              {URL: redirects("/v1/me")},
			"a target that is owned":  {URL: redirects("/v1/me"), Owned: true},
			"a replica":               {URL: good, Replicas: []string{redirects("/v1/me")}},
			"the metrics of a target": {URL: redirects("/metrics")},
		} {
			target, err := OpenTarget(t.Context(), c)
			switch {
			case name == "the metrics of a target":
				if err != nil || target.Replicas() != nil {
					t.Errorf("%s, %d: %v, and its replicas are metered: %v", name, status, err, target.Replicas())
				}
			case err == nil || !strings.Contains(err.Error(), other) ||
				!strings.Contains(err.Error(), "no redirect is followed") ||
				strings.ContainsAny(err.Error(), "\u202e\u009b\n"):
				t.Errorf("%s, %d: %v", name, status, err)
			}
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests reached a server that was never named", n)
	}
}

// A name resolves to loopback when it is checked, and to another address right after.
func TestANameIsReachedWhereItWasChecked(t *testing.T) {
	good := serves(t, &foreign{names: []string{"a"}, status: 401, metrics: toldMetrics})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(good, "http://"))
	looks := map[string]int{}
	before := lookup
	t.Cleanup(func() { lookup = before })
	lookup = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		if looks[host]++; looks[host] > 1 {
			return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	target, err := OpenTarget(t.Context(), TargetConfig{
		URL:      "http://rebound.test:" + port,
		Replicas: []string{"http://direct.test:" + port},
	})
	if err != nil {
		t.Fatal(err)
	}
	if looks["rebound.test"] != 1 || looks["direct.test"] != 1 {
		t.Errorf("names were looked up this often: %v", looks)
	}
	if _, err := target.Replicas()[0].Read(); err != nil {
		t.Error(err)
	}
	for _, at := range []string{"rebound.test:" + port, "direct.test:" + port, "127.0.0.1:" + port} {
		conn, err := target.Pins().Dial(t.Context(), "tcp", at)
		if err != nil {
			t.Errorf("%s: %v", at, err)
			continue
		}
		conn.Close()
	}
	for _, at := range []string{"rebound.test:1", "127.0.0.1:1", "192.0.2.1:" + port, "localhost:" + port} {
		if _, err := target.Pins().Dial(t.Context(), "tcp", at); err == nil ||
			!strings.Contains(err.Error(), "was not checked") {
			t.Errorf("%s was dialled: %v", at, err)
		}
	}
}

// Every address of a name is checked, not only one.
func TestANameWithAnotherAddressBesides(t *testing.T) {
	before := lookup
	t.Cleanup(func() { lookup = before })
	lookup = func(context.Context, string, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::ffff:192.0.2.1")}, nil
	}
	for _, c := range []TargetConfig{
		{URL: "http://localhost:1"}, {URL: "https://localhost:1"},
	} {
		if _, err := OpenTarget(t.Context(), c); err == nil ||
			!strings.Contains(err.Error(), "192.0.2.1) is neither loopback") {
			t.Errorf("%s: %v", c.URL, err)
		}
	}
}

func TestAddressesThatHideWhereTheyLead(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128")
	t.Setenv("ALL_PROXY", "http://192.0.2.1:3128")
	for _, url := range []string{
		"http://127.0.0.1:80@192.0.2.1", "http://127.0.0.1@192.0.2.1:80", "http://me@127.0.0.1:80",
		"http://[fe80::1%25lo]:80", "http://127.0.0.1:80?",
		"http://127.0.0.1:80?to=192.0.2.1", "http://127.0.0.1:80#@192.0.2.1", "ftp://127.0.0.1", "http://",
		"//127.0.0.1:80", "http://127.0.0.1:80/v1/me",
	} {
		if _, err := OpenTarget(t.Context(), TargetConfig{URL: url}); err == nil ||
			!strings.Contains(err.Error(), "--target is of the form http://host:port") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"http://127.0.0.1:0", "http://127.0.0.1:65536", "http://127.0.0.1:99999999999"} {
		if _, err := OpenTarget(t.Context(), TargetConfig{URL: url}); err == nil ||
			!strings.Contains(err.Error(), "ports are from 1 to 65535") {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{
		"http://0.0.0.0:80", "http://[::]:80", "http://[::ffff:192.0.2.1]:80",
		"http://169.254.169.254",
	} {
		if _, err := OpenTarget(t.Context(), TargetConfig{URL: url}); err == nil ||
			!strings.Contains(err.Error(), "--i-own-this-target") {
			t.Errorf("%s: %v", url, err)
		}
	}
	url := serves(t, &foreign{names: []string{"a"}, status: 401})
	if _, err := OpenTarget(t.Context(), TargetConfig{URL: url}); err != nil {
		t.Errorf("with a proxy in the environment: %v", err)
	}
}

// What a server says is shown without its control characters taking effect.
func TestWhatAServerSendsIsEscapedInMessages(t *testing.T) {
	const hostile = "\x1b]0;owned\x07\u202e"
	front := serves(t, &foreign{names: []string{"a"}, status: 401})
	redis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { redis.Close() })
	go func() {
		for {
			conn, err := redis.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(conn, "-ERR %s\r\n", hostile)
			conn.Close()
		}
	}()
	for name, c := range map[string]TargetConfig{
		"a replica": {URL: front, Replicas: []string{serves(t, &foreign{names: []string{hostile}, status: 401})}},
		"a store":   {URL: front, Store: "redis://" + redis.Addr().String()},
	} {
		_, err := OpenTarget(t.Context(), c)
		if err == nil || strings.ContainsAny(err.Error(), hostile[:1]+"\a\u202e\n") ||
			!strings.Contains(err.Error(), `\x1b]0;owned`) {
			t.Errorf("%s: %q", name, fmt.Sprint(err))
		}
	}
}
