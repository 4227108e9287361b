package balancer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authlab/servers/api/connections"
)

// The balancer closes an idle connection to a replica first. If the replica closed it, a request could be in flight at
// that moment.
func TestIdleConnectionsAreGivenUpBeforeReplicasCloseThem(t *testing.T) {
	if idle := newTransport(Default()).IdleConnTimeout; idle <= 0 || idle > connections.Idle*3/4 {
		t.Errorf("the balancer keeps an idle connection for %v, and replicas for %v", idle, connections.Idle)
	}
}

// A malformed body is the client's fault, and not a bad gateway.
func TestBodiesAreTheClientsFault(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	defer replica.Close()
	_, base, stop := serve(t, []string{replica.URL}, func(c *Config) { c.Body = 300 * time.Millisecond })
	defer stop()
	for _, c := range []struct {
		name, body string
		cut        bool
		status     int
	}{
		{"as it should be", "Content-Length: 2\r\n\r\n{}", false, 200},
		{"in chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", false, 200},
		{"a broken chunk", "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, 400},
		{"a broken second chunk", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n", false, 400},
		{"a chunk that is too long", "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n", false, 400},
		{"cut", "Content-Length: 50\r\n\r\n{", true, 400},
		{"cut in a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\n{", true, 400},
		{"cut beyond what is kept", "Content-Length: 50000\r\n\r\n" + strings.Repeat("x", 20000), true, 400},
		{"stalled", "Content-Length: 50\r\n\r\n{", false, 408},
		{"stalled before the first byte", "Content-Length: 50\r\n\r\n", false, 408},
		{"stalled in a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\n{", false, 408},
	} {
		client := dial(t, base)
		io.WriteString(client, "POST / HTTP/1.1\r\nHost: x\r\n"+c.body)
		if c.cut {
			client.Conn.(*net.TCPConn).CloseWrite()
		}
		answer, err := http.ReadResponse(client.from, nil)
		if err != nil || answer.StatusCode != c.status {
			t.Errorf("%s: %v, %v, want %d", c.name, answer, err, c.status)
			continue
		}
		problem := answer.Header.Get("Content-Type") == "application/problem+json"
		if problem != (c.status >= 400) || answer.Close != problem {
			t.Errorf("%s: %v, and the connection closes: %v", c.name, answer.Header, answer.Close)
		}
	}
}

// An answer that comes before the complete body is passed on at once, however long the client stalls. What the client
// sends afterwards cannot be told from the rest of the body, so the connection ends.
func TestAnEarlyAnswerIsPassedOn(t *testing.T) {
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // it does not wait for the rest either
		w.WriteHeader(http.StatusMethodNotAllowed)
	}))
	defer replica.Close()
	_, base, stop := serve(t, []string{replica.URL}, func(c *Config) { c.Body = time.Hour })
	defer stop()
	for _, body := range []string{"Content-Length: 50\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"} {
		client := dial(t, base)
		io.WriteString(client, "POST / HTTP/1.1\r\nHost: x\r\n"+body)
		answer, err := http.ReadResponse(client.from, nil)
		if err != nil || answer.StatusCode != http.StatusMethodNotAllowed || !answer.Close {
			t.Fatalf("%q: %v, %v", body, answer, err)
		}
		if _, err := client.from.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%q: the connection does not end: %v", body, err)
		}
	}
}

// stale is a connection that the other end closed while idle: nothing of the second request can be written, or only a
// part of it.
type stale struct {
	net.Conn
	once    *atomic.Bool // the first request was answered
	partial bool
}

func (c stale) Write(p []byte) (int, error) {
	if !c.once.Load() {
		return c.Conn.Write(p)
	}
	if c.partial {
		n, _ := c.Conn.Write(p[:1])
		return n, syscall.EPIPE
	}
	return 0, syscall.EPIPE
}

// A request is sent again exactly when nothing of it can have reached the replica, whatever its method and its body.
func TestAStaleConnectionCostsNoRequest(t *testing.T) {
	for _, c := range []struct {
		method, body string
		partial      bool
		status       int
	}{
		{"POST", "a body", false, 200},
		{"POST", strings.Repeat("x", 4<<10), false, 200},
		{"PUT", "a body", false, 200},
		{"DELETE", "", false, 200},
		{"POST", "", false, 200},
		{"GET", "", false, 200},
		{"POST", "a body", true, 502},
		{"DELETE", "", true, 502},
	} {
		t.Run(fmt.Sprintf("%s %d partial=%t", c.method, len(c.body), c.partial), func(t *testing.T) {
			var mu sync.Mutex
			var got []string
			replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if r.URL.Path == "/second" {
					mu.Lock()
					defer mu.Unlock()
					got = append(got, r.Method+string(body))
				}
			}))
			defer replica.Close()
			replica.Config.ErrorLog = nil
			var once atomic.Bool
			b, base, stop := serve(t, []string{replica.URL}, func(c *Config) { c.CheckInterval = time.Hour })
			defer stop()
			b.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				if once.Load() || err != nil {
					return conn, err
				}
				return stale{conn, &once, c.partial}, err
			}
			ask := func(method, path, body string) int {
				r, _ := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				return answer.StatusCode
			}
			if status := ask("GET", "/first", ""); status != 200 {
				t.Fatal(status)
			}
			once.Store(true)
			status := ask(c.method, "/second", c.body)
			mu.Lock()
			defer mu.Unlock()
			whole := len(got) == 1 && got[0] == c.method+c.body
			if status != c.status || status == 200 && !whole || status != 200 && len(got) != 0 {
				t.Errorf("status %d, want %d, and the replica got %d: %.50q", status, c.status, len(got), got)
			}
		})
	}
}

// A client that has sent everything may close its side of the connection and wait: it gets the replica's answer, and
// its request takes effect.
func TestAHalfClosedClientIsAnswered(t *testing.T) {
	var done atomic.Int64
	asked := make(chan bool, 1)
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			return
		}
		<-asked
		if r.Context().Err() == nil {
			done.Add(1)
		}
		w.WriteHeader(http.StatusTeapot)
		w.Write(bytes.Repeat([]byte("x"), 2*soon))
	}))
	defer replica.Close()
	_, base, stop := serve(t, []string{replica.URL}, nil)
	defer stop()
	for n, request := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
	} {
		client := dial(t, base)
		io.WriteString(client, request)
		client.Conn.(*net.TCPConn).CloseWrite()
		time.Sleep(100 * time.Millisecond) // for the balancer to notice the close: without it less is tested
		asked <- true
		answer, err := http.ReadResponse(client.from, nil)
		if err != nil || answer.StatusCode != http.StatusTeapot {
			t.Fatalf("%q: %v, %v", request, answer, err)
		}
		if body, err := io.ReadAll(answer.Body); err != nil || len(body) != 2*soon || done.Load() != int64(n+1) {
			t.Errorf("%q: %d bytes, %v, done %d times", request, len(body), err, done.Load())
		}
	}
}
