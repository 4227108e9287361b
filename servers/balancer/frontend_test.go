package balancer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ok() *http.Response {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("ok"))}
}

func dialError() error { return &net.OpError{Op: "dial", Err: errors.New("connection refused")} }

func config(policy Policy) Config {
	c := Default()
	c.Policy = policy
	return c
}

func backends(n int) (all []*backend) {
	for i := range n {
		all = append(all, newBackend(i, fmt.Sprintf("10.0.0.%d:80", i)))
	}
	return all
}

// send passes one request through a frontend and returns the answer and what the replica was sent.
func send(policy Policy, n int, r *http.Request) (*httptest.ResponseRecorder, *http.Request) {
	var sent *http.Request
	f := newFrontend(backends(n), config(policy), roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r
		return ok(), nil
	}))
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w, sent
}

func TestMetricsAreNotForUsers(t *testing.T) {
	for path, inside := range map[string]bool{
		"/metrics": true, "/%6Detrics?x=1": true, "/metrics%00x": true, "/metrics/x": false, "//metrics": false,
		"/metrics/": false, "/./metrics": false, "/v1/me": false,
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			w, sent := send(RoundRobin, 1, httptest.NewRequest(method, path, nil))
			if (sent == nil) != inside || (w.Code == http.StatusNotFound) != inside {
				t.Errorf("%s %s: %d, and a replica was asked: %v", method, path, w.Code, sent != nil)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	for name, test := range map[string]struct{ in, want http.Header }{
		"nothing is forwarded yet": {
			http.Header{"Accept": {"a"}},
			http.Header{"Accept": {"a"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"http"}},
		},
		"a client forges its address": {
			http.Header{
				"X-Forwarded-For": {"203.0.113.1", "203.0.113.2"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil"},
				"X-Forwarded-Port": {"1"}, "X-Forwarded-Anything": {"1"}, "Forwarded": {"for=203.0.113.3"},
				"X-Real-Ip": {"203.0.113.4"},
			},
			http.Header{"X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"http"}},
		},
		"hop-by-hop headers end here": {
			http.Header{
				"Connection": {"keep-alive, X-Own, X-Forwarded-For"}, "Keep-Alive": {"timeout=5"}, "X-Own": {"1"}, "Te": {"gzip"},
				"Proxy-Authorization": {"Basic x"}, "Upgrade": {""}, "Authorization": {"Bearer t"},
			},
			http.Header{"Authorization": {"Bearer t"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"http"}},
		},
		"net/http must not repeat by itself": {
			http.Header{"Idempotency-Key": {"k"}},
			http.Header{"idempotency-key": {"k"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"http"}},
		},
		"cookies are none of a plain balancer's business": {
			http.Header{"Cookie": {"AUTHLAB_REPLICA=r1; a=b"}},
			http.Header{"Cookie": {"AUTHLAB_REPLICA=r1; a=b"}, "X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"http"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "http://shop.example/a%2Fb?x=%zz;y", nil)
			r.Header = test.in
			_, sent := send(RoundRobin, 1, r)
			delete(sent.Header, "User-Agent") // ReverseProxy's way of adding none
			if fmt.Sprint(sent.Header) != fmt.Sprint(test.want) {
				t.Errorf("the replica sees\n%v, want\n%v", sent.Header, test.want)
			}
			if sent.Host != "shop.example" || sent.URL.Host != "10.0.0.0:80" || sent.URL.RequestURI() != "/a%2Fb?x=%zz;y" {
				t.Errorf("it went to %s for %s as %s", sent.URL.Host, sent.Host, sent.URL.RequestURI())
			}
		})
	}
}

func TestCookies(t *testing.T) {
	for name, test := range map[string]struct {
		in, want []string
		value    string
	}{
		"none":             {nil, nil, ""},
		"others only":      {[]string{"a=1; b=2"}, []string{"a=1; b=2"}, ""},
		"ours only":        {[]string{"AUTHLAB_REPLICA=r1"}, nil, "r1"},
		"between others":   {[]string{`a="x; y"; AUTHLAB_REPLICA=r1; b=`}, []string{`a="x; y"; b=`}, "r1"},
		"without a space":  {[]string{"a=1;AUTHLAB_REPLICA=r1;b=2"}, []string{"a=1; b=2"}, "r1"},
		"twice: the first": {[]string{"AUTHLAB_REPLICA=r1; AUTHLAB_REPLICA=r2"}, nil, "r1"},
		"on two lines":     {[]string{"AUTHLAB_REPLICA=r1", "a=1; AUTHLAB_REPLICA=r2"}, []string{"a=1"}, "r1"},
		"a name that is longer": {
			[]string{"AUTHLAB_REPLICA_2=r1; XAUTHLAB_REPLICA=r1"},
			[]string{"AUTHLAB_REPLICA_2=r1; XAUTHLAB_REPLICA=r1"},
			"",
		},
		"in another's value": {[]string{"a=AUTHLAB_REPLICA=r1"}, []string{"a=AUTHLAB_REPLICA=r1"}, ""},
		"no value":           {[]string{"AUTHLAB_REPLICA; a=1"}, []string{"a=1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			if test.in != nil {
				h["Cookie"] = test.in
			}
			value := takeCookie(h)
			if value != test.value || fmt.Sprint(h["Cookie"]) != fmt.Sprint(test.want) {
				t.Errorf("took %q, left %q; want %q and %q", value, h["Cookie"], test.value, test.want)
			}
		})
	}
}

// FuzzCookies checks that the balancer's cookie never passes, and that the client's own are unchanged.
func FuzzCookies(f *testing.F) {
	for _, seed := range []string{
		"AUTHLAB_REPLICA=r1", "a=1; AUTHLAB_REPLICA=r1;;b", "=;AUTHLAB_REPLICA", ";",
		" AUTHLAB_REPLICA = r0 ; x",
	} {
		f.Add(seed, "a=b")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		own := func(h http.Header) (names []string) {
			for _, line := range h["Cookie"] {
				for part := range strings.SplitSeq(line, ";") {
					if name, _, _ := strings.Cut(strings.TrimSpace(part), "="); strings.TrimSpace(name) != cookieName &&
						strings.TrimSpace(part) != "" {
						names = append(names, strings.TrimSpace(part))
					}
				}
			}
			return names
		}
		before := http.Header{"Cookie": {one, two}}
		after := before.Clone()
		takeCookie(after)
		if fmt.Sprint(own(before)) != fmt.Sprint(own(after)) {
			t.Errorf("%q became %q", before["Cookie"], after["Cookie"])
		}
		r := &http.Request{Header: after}
		for _, c := range r.Cookies() {
			if c.Name == cookieName {
				t.Errorf("%q: the cookie passed: %q", before["Cookie"], after["Cookie"])
			}
		}
	})
}

func TestOnlyAConnectionThatFailedIsRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		failures []error // of the first tries
		status   int
		tries    int
	}{
		"all is well":                     {nil, 200, 1},
		"two refuse":                      {[]error{dialError(), dialError()}, 200, 3},
		"all refuse":                      {[]error{dialError(), dialError(), dialError()}, 503, 3},
		"reset after the request":         {[]error{&net.OpError{Op: "read", Err: errors.New("connection reset")}}, 502, 1},
		"broken while it was written":     {[]error{&net.OpError{Op: "write", Err: errors.New("broken pipe")}}, 502, 1},
		"closed without an answer":        {[]error{io.EOF}, 502, 1},
		"no answer in time":               {[]error{&url.Error{Err: context.DeadlineExceeded}}, 504, 1},
		"one refuses, the next is broken": {[]error{dialError(), io.EOF}, 502, 2},
	} {
		t.Run(name, func(t *testing.T) {
			tries := 0
			var hosts []string
			f := newFrontend(backends(3), config(RoundRobin), roundTrip(func(r *http.Request) (*http.Response, error) {
				tries++
				hosts = append(hosts, r.URL.Host)
				if tries <= len(test.failures) {
					r.Body.Close() // as the transport does
					return nil, test.failures[tries-1]
				}
				if body, err := io.ReadAll(r.Body); string(body) != "amount=5" || err != nil {
					t.Errorf("try %d has the body %q, %v", tries, body, err)
				}
				return ok(), nil
			}))
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequest("POST", "/v1/transfers", strings.NewReader("amount=5")))
			if w.Code != test.status || tries != test.tries {
				t.Errorf("answered %d after %d tries (%v), want %d after %d", w.Code, tries, hosts, test.status, test.tries)
			}
			if w.Code > 500 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("the answer is %s", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestPick(t *testing.T) {
	all := backends(3)
	pick := func(r *rotation, n int) string {
		var names []string
		for range n {
			names = append(names, r.pick("", nil).name)
		}
		return strings.Join(names, " ")
	}
	r := &rotation{backends: all, policy: RoundRobin}
	if got := pick(r, 6); got != "r1 r2 r0 r1 r2 r0" {
		t.Errorf("round robin: %s", got)
	}
	all[2].down.Store(true)
	if got := pick(r, 6); strings.Contains(got, "r2") {
		t.Errorf("one is down: %s", got)
	}
	all[0].down.Store(true)
	all[1].down.Store(true)
	if got := pick(r, 3); !strings.Contains(got, "r0") || !strings.Contains(got, "r1") || !strings.Contains(got, "r2") {
		t.Errorf("all are down, so each is as good: %s", got)
	}
	if b := r.pick("", map[*backend]bool{all[0]: true, all[1]: true, all[2]: true}); b != nil {
		t.Errorf("all were tried, and %s is tried again", b.name)
	}

	all = backends(3)
	r = &rotation{backends: all, policy: LeastConnections}
	all[0].inFlight.Store(2)
	all[1].inFlight.Store(1)
	all[2].inFlight.Store(3)
	if got := pick(r, 3); got != "r1 r1 r1" {
		t.Errorf("least connections: %s", got)
	}
	all[1].down.Store(true)
	if got := pick(r, 3); got != "r0 r0 r0" {
		t.Errorf("least connections, the idlest down: %s", got)
	}

	r = &rotation{backends: all[:2], policy: Sticky}
	if b := r.pick("r0", nil); b != all[0] {
		t.Errorf("a client of r0 goes to %s", b.name)
	}
	for _, name := range []string{"r1" /* down */, "r2" /* not behind this frontend */, "x"} {
		if b := r.pick(name, nil); b != all[0] {
			t.Errorf("a client of %s goes to %s", name, b.name)
		}
	}
}
