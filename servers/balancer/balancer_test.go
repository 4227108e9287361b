package balancer

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// TestInFlight counts a request until its answer was read to the end, also when the client leaves in the middle.
func TestInFlight(t *testing.T) {
	var during atomic.Int64
	var b *Balancer
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			return // it may come before b is there
		}
		during.Store(b.backends[0].inFlight.Load())
		switch r.URL.Path {
		case "/endless":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/abort":
			w.Header().Set("Content-Length", "10")
			panic(http.ErrAbortHandler)
		}
	}))
	defer replica.Close()
	replica.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	b, base, stop := serve(t, []string{replica.URL}, nil)
	defer stop()
	for _, path := range []string{"/", "/endless", "/abort"} {
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, "GET", base+path, nil)
		if resp, err := http.DefaultClient.Do(r); err == nil {
			if path == "/endless" {
				cancel()
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		cancel()
		if during.Load() != 1 {
			t.Errorf("%s: %d in flight meanwhile, want 1", path, during.Load())
		}
		for end := time.Now().Add(30 * time.Second); b.backends[0].inFlight.Load() != 0; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: still in flight afterwards: %d", path, b.backends[0].inFlight.Load())
			}
		}
	}
}

// serve runs a balancer with one frontend until stop.
func serve(t testing.TB, replicas []string, change func(*Config)) (b *Balancer, base string, stop func() error) {
	t.Helper()
	c := Default()
	for _, replica := range replicas {
		u, err := url.Parse(replica)
		if err != nil {
			t.Fatal(err)
		}
		c.Backends = append(c.Backends, u)
	}
	c.Frontends = []Frontend{{Addr: "127.0.0.1:0", Size: len(replicas)}}
	if change != nil {
		change(&c)
	}
	b, err := Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx) }()
	return b, "http://" + b.Addrs()[0].String(), func() error {
		cancel()
		err := <-done
		done <- nil
		return err
	}
}

func TestShutdownLosesNoRequest(t *testing.T) {
	arrived := make(chan bool)
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			arrived <- true
			time.Sleep(200 * time.Millisecond)
			w.Write(bytes.Repeat([]byte("x"), 1<<20))
		}
	}))
	defer replica.Close()
	_, base, stop := serve(t, []string{replica.URL}, nil)
	got := make(chan int, 1)
	go func() {
		resp, err := http.Get(base + "/slow")
		if err != nil {
			got <- -1
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		got <- len(body)
	}()
	<-arrived
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := <-got; n != 1<<20 {
		t.Errorf("the request that was in flight got %d bytes", n)
	}
	if _, err := http.Get(base + "/"); err == nil {
		t.Error("it still accepts connections")
	}
}

func TestChecks(t *testing.T) {
	var sick atomic.Bool
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" && sick.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer replica.Close()
	b, _, stop := serve(t, []string{replica.URL}, func(c *Config) { c.CheckInterval = 5 * time.Millisecond })
	defer stop()
	for _, want := range []bool{false, true, false} {
		sick.Store(want)
		for end := time.Now().Add(30 * time.Second); b.backends[0].down.Load() != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("down: %t, want %t", !want, want)
			}
		}
	}
}

// TestChecksFollowNoRedirect has a replica whose check leads to another server: what that server answers says nothing
// about the replica.
func TestChecksFollowNoRedirect(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	replica := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer replica.Close()
	b, _, stop := serve(t, []string{replica.URL}, nil)
	defer stop()
	for end := time.Now().Add(30 * time.Second); !b.backends[0].down.Load(); time.Sleep(time.Millisecond) {
		if asked.Load() != 0 || time.Now().After(end) {
			t.Fatalf("the replica counts as up, and %d checks went to another server", asked.Load())
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"id":"1"}`)
	}))
	defer replica.Close()
	_, base, stop := serve(b, []string{replica.URL}, nil)
	defer stop()
	for b.Loop() {
		resp, err := http.Get(base + "/v1/me")
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
