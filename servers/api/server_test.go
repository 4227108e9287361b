package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/control"
	"authlab/servers/user"
)

// scheme is an api.Scheme with a given Authenticator.
type scheme struct{ api.Authenticator }

func (scheme) Flags(*pflag.FlagSet) {}

func (s scheme) Open(context.Context, api.Env) (api.Authenticator, error) {
	return s.Authenticator, nil
}

// open makes a server over the control, which tests may wrap.
func open(t testing.TB, wrap func(api.Authenticator) api.Authenticator, change func(*api.Config)) *api.Server {
	t.Helper()
	auth, err := control.NewScheme().Open(t.Context(), api.Env{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	if wrap != nil {
		auth = wrap(auth)
	}
	c := api.NewConfig("testd", "127.0.0.1:0")
	c.Replica, c.Ballast, c.Log = "test-0", 0, slog.New(slog.DiscardHandler)
	if change != nil {
		change(&c)
	}
	if c.Accounts == nil {
		if c.Accounts, err = user.Open(t.Context(), user.Config{HashMemory: 64}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Accounts.Close() })
	}
	s, err := api.New(t.Context(), c, scheme{auth})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func me(h http.Handler) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/v1/me", nil)
	r.Header.Set(control.Header, "1;alice;user")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// faulty is an Authenticator that does what a test wants when asked who sent a request.
type faulty struct {
	api.Authenticator
	authenticate func(w http.ResponseWriter) (api.Principal, error)
}

func (f faulty) Authenticate(w http.ResponseWriter, _ *http.Request) (api.Principal, error) {
	return f.authenticate(w)
}

func TestPanicIsAProblem(t *testing.T) {
	var log bytes.Buffer
	s := open(t, func(a api.Authenticator) api.Authenticator {
		return faulty{a, func(http.ResponseWriter) (api.Principal, error) { panic("the key is hunter2") }}
	}, func(c *api.Config) { c.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	w := me(s.Handler())
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 500 || p.Status != 500 || p.Detail != "" {
		t.Errorf("status %d, %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "hunter2") || strings.Contains(w.Body.String(), "goroutine") {
		t.Errorf("the client was told %s", w.Body)
	}
	if w.Header().Get("X-Replica") != "test-0" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	if !strings.Contains(log.String(), "TestPanicIsAProblem") {
		t.Error("the log does not say where")
	}
	if page := metrics(s); !strings.Contains(page, `authlab_requests_total{code="500",route="/v1/me"} 1`) ||
		!strings.Contains(page, "authlab_requests_in_flight 1\n") { // the request for the page
		t.Errorf("miscounted: %s", page)
	}
}

func TestAnOutageHandsOutNothing(t *testing.T) {
	var log bytes.Buffer
	s := open(t, func(a api.Authenticator) api.Authenticator {
		return faulty{a, func(w http.ResponseWriter) (api.Principal, error) {
			w.Header().Set("Set-Cookie", "id=1")
			return api.Principal{}, errors.Join(api.ErrUnauthenticated, api.ErrUnavailable)
		}}
	}, func(c *api.Config) { c.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	for range 100 {
		w := me(s.Handler())
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("Set-Cookie") != "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 && lines != 2 {
		t.Errorf("%d lines in the log, want one a second", lines)
	}
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func metrics(s *api.Server) string { return get(s.Handler(), "/metrics").Body.String() }

func TestMetrics(t *testing.T) {
	s := open(t, nil, nil)
	me(s.Handler())
	get(s.Handler(), "/a/stranger's/idea")
	page := metrics(s)
	for _, want := range []string{
		"\nauthlab_cpu_seconds_total ", "\nauthlab_request_seconds_total ", "\nauthlab_gc_cpu_seconds_total ",
		"\nauthlab_live_heap_bytes ",
		"\nauthlab_requests_in_flight 1\n", `authlab_requests_total{code="200",route="/v1/me"} 1`,
		`authlab_requests_total{code="404",route="none"} 1`, "\ngo_goroutines ", "\nprocess_cpu_seconds_total ",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
	if strings.Contains(page, "stranger") {
		t.Error("strangers can make the metrics grow")
	}
}

func TestDemoTellsTimes(t *testing.T) {
	s := open(t, func(a api.Authenticator) api.Authenticator {
		return faulty{a, func(http.ResponseWriter) (api.Principal, error) {
			time.Sleep(2 * time.Millisecond)
			return api.Principal{ID: "1", Name: "alice", Role: user.RoleUser}, nil
		}}
	}, func(c *api.Config) { c.Demo = true })
	for _, path := range []string{"/v1/me", "/v1/balance", "/nothing"} {
		value := get(s.Handler(), path).Header().Get("Server-Timing")
		if !strings.Contains(value, "total;dur=") || strings.Contains(value, "auth;dur=") != strings.HasPrefix(path, "/v1") {
			t.Errorf("%s: Server-Timing: %q", path, value)
		}
	}
	if value := me(open(t, nil, nil).Handler()).Header().Get("Server-Timing"); value != "" {
		t.Errorf("without --demo: %q", value)
	}
}

func TestAdminsCannotLockThemselvesOut(t *testing.T) {
	accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	admin, _ := accounts.ByName(t.Context(), "admin")
	alice, _ := accounts.ByName(t.Context(), "alice")
	s := open(t, nil, func(c *api.Config) { c.Accounts = accounts })
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", admin.ID + "/disable", "", 409},
		{"PUT", admin.ID + "/role", `{"role":"user"}`, 409},
		{"PUT", alice.ID + "/role", `{"role":"emperor"}`, 422},
		{"PUT", alice.ID + "/role", `{"role":"admin"}`, 204},
		{"POST", alice.ID + "/disable", "", 204},
		{"POST", "unknown/disable", "", 404},
	} {
		r := httptest.NewRequest(c.method, "/v1/admin/users/"+c.path, strings.NewReader(c.body))
		r.Header.Set(control.Header, admin.ID+";admin;admin")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, w.Code, w.Body, c.status)
		}
	}
}

func TestTheHotPathAnswersExactly(t *testing.T) {
	w := me(open(t, nil, nil).Handler())
	if got := w.Body.String(); got != `{"id":"1","name":"alice","role":"user"}` {
		t.Errorf("%s", got)
	}
	names := []string{}
	for name := range w.Header() {
		names = append(names, name)
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "Cache-Control Content-Type X-Content-Type-Options X-Replica" {
		t.Errorf("headers: %s", got)
	}
}

// A Believer's callers are not accounts, so the last admin is not always the caller.
func TestTheLastAdminStays(t *testing.T) {
	accounts, err := user.Open(t.Context(), user.Config{DemoUsers: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	admin, _ := accounts.ByName(t.Context(), "admin")
	s := open(t, nil, func(c *api.Config) { c.Accounts = accounts })
	for path, body := range map[string]string{"PUT /role": `{"role":"user"}`, "POST /disable": ""} {
		method, path, _ := strings.Cut(path, " ")
		r := httptest.NewRequest(method, "/v1/admin/users/"+admin.ID+path, strings.NewReader(body))
		r.Header.Set(control.Header, "1;stranger;admin")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "make another user admin first") ||
			w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if u, err := accounts.ByID(t.Context(), admin.ID); err != nil || u != admin {
		t.Errorf("the admin is %+v afterwards, %v", u, err)
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (n *discard) Header() http.Header         { return n.header }
func (n *discard) Write(b []byte) (int, error) { return len(b), nil }
func (n *discard) WriteHeader(int)             {}

// BenchmarkMe is the API's own share of the hot path: everything but net/http and the scheme.
func BenchmarkMe(b *testing.B) {
	s := open(b, nil, nil)
	r := httptest.NewRequest("GET", "/v1/me", nil)
	r.Header.Set(control.Header, "a60c3750fc21760f4d15;load-000123;user")
	w := &discard{http.Header{}}
	h := s.Handler()
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// weak keeps serving, whatever it has lost.
type weak struct {
	api.Authenticator
	lost string
}

func (w *weak) Weakened() string { return w.lost }

func TestReadyTellsWhatIsNotGuaranteed(t *testing.T) {
	w := &weak{}
	s := open(t, func(a api.Authenticator) api.Authenticator { w.Authenticator = a; return w }, nil)
	for lost, want := range map[string]string{
		"":                             `{"status":"ready"}`,
		"revocations are not heard":    `{"status":"ready","weakened":"revocations are not heard"}`,
		`it says "no" and goes on <>&`: "",
	} {
		w.lost = lost
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/readyz", nil))
		var got map[string]string
		if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil || answer.Code != http.StatusOK ||
			got["weakened"] != lost {
			t.Errorf("%q: %d %s, %v", lost, answer.Code, answer.Body, err)
		}
		if want != "" && strings.TrimSpace(answer.Body.String()) != want {
			t.Errorf("%q: %s, want %s", lost, answer.Body, want)
		}
	}
}
