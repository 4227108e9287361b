package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/control"
	"authlab/servers/user"
)

// Two replicas behind clients that behave as a balancer does: they keep connections open, leave one that says close,
// and send nothing to a replica that is not ready. One replica ends under load, and no request is lost.
func TestTheEndLosesNoRequest(t *testing.T) {
	const drain = time.Second
	var urls [2]string
	var ended [2]chan error
	var end [2]context.CancelFunc
	for i := range urls {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var ctx context.Context
		ctx, end[i] = context.WithCancel(t.Context())
		defer end[i]()
		s := open(t, nil, func(c *api.Config) { c.Drain = drain })
		urls[i], ended[i] = "http://"+l.Addr().String(), make(chan error, 1)
		go func() { ended[i] <- s.Serve(ctx, l) }()
	}

	var out atomic.Bool // the first replica is out of rotation
	var good, bad, closing atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				to := n % 2
				if out.Load() {
					to = 1
				}
				r, _ := http.NewRequest("GET", urls[to]+"/v1/me", nil)
				r.Header.Set(control.Header, "1;alice;user")
				answer, err := transport.RoundTrip(r)
				if err != nil {
					bad.Add(1)
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				if answer.Close {
					closing.Add(1)
				}
				if answer.StatusCode == 200 {
					good.Add(1)
				} else {
					bad.Add(1)
				}
			}
		})
	}
	ready := func() int {
		answer, err := http.Get(urls[0] + "/readyz")
		if err != nil {
			return 0
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	await(t, "1000 answers", func() bool { return good.Load() > 1000 })
	if code := ready(); code != 200 {
		t.Fatalf("/readyz says %d before the end", code)
	}
	began := time.Now()
	end[0]()
	await(t, "/readyz to say 503", func() bool { return ready() == 503 })
	await(t, "an answer that says close", func() bool { return closing.Load() > 0 })
	out.Store(true)
	select {
	case err := <-ended[0]:
		if took := time.Since(began); err != nil || took < drain {
			t.Errorf("ended after %v with %v, want nil after %v", took, err, drain)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the server does not end")
	}
	at := good.Load()
	await(t, "1000 answers more", func() bool { return good.Load() > at+1000 })
	close(stop)
	clients.Wait()
	if bad.Load() != 0 {
		t.Errorf("%d requests were lost of %d", bad.Load(), good.Load())
	}
}

func TestTheEndWaitsForWhatIsInFlight(t *testing.T) {
	for name, c := range map[string]struct {
		work, shutdown time.Duration
		ends           bool
	}{
		"in time":  {300 * time.Millisecond, 5 * time.Second, true},
		"too long": {3 * time.Second, 200 * time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			working := make(chan struct{})
			s := open(t, func(a api.Authenticator) api.Authenticator {
				return faulty{a, func(http.ResponseWriter) (api.Principal, error) {
					close(working)
					time.Sleep(c.work)
					return api.Principal{ID: "1", Name: "alice", Role: user.RoleUser}, nil
				}}
			}, func(config *api.Config) { config.Shutdown = c.shutdown })
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Serve(ctx, l) }()
			answered := make(chan error, 1)
			go func() {
				answer, err := http.Get("http://" + l.Addr().String() + "/v1/me")
				if err == nil {
					answer.Body.Close()
				}
				answered <- err
			}()
			<-working
			end()
			if err := <-ended; err == nil != c.ends {
				t.Errorf("the server ended with %v", err)
			}
			if err := <-answered; err == nil != c.ends {
				t.Errorf("the request ended with %v", err)
			}
		})
	}
}

// serving runs a server until end is called; ended receives what Serve returns.
func serving(t *testing.T, s *api.Server) (address string, end func(), ended chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	return l.Addr().String(), end, ended
}

// connection is one on which a test speaks HTTP by hand.
type connection struct {
	net.Conn
	from *bufio.Reader
}

func dial(t *testing.T, address string) connection {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return connection{c, bufio.NewReader(c)}
}

func (c connection) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// ask returns nil if there is no answer.
func (c connection) ask() *http.Response {
	_, _ = io.WriteString(c, "GET /v1/me HTTP/1.1\r\nHost: x\r\n"+control.Header+": 1;alice;user\r\n\r\n")
	answer, err := http.ReadResponse(c.from, nil)
	if err != nil {
		return nil
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer
}

func await(t *testing.T, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !until(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// A request on an idle connection during the shutdown is answered, and the answer says close.
func TestTheEndLosesNoRequestOnAnIdleConnection(t *testing.T) {
	s := open(t, nil, func(c *api.Config) { c.Linger = time.Hour }) // it ends when the clients have left
	address, end, ended := serving(t, s)
	client := dial(t, address)
	if answer := client.ask(); answer == nil || answer.Close {
		t.Fatalf("before the end: %+v", answer)
	}
	end()
	await(t, "the server to accept no more", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if answer := client.ask(); answer == nil || answer.StatusCode != http.StatusOK || !answer.Close {
		t.Errorf("while the server leaves: %+v, want 200 and Connection: close", answer)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Stalled clients do not make the shutdown ungraceful: they get half of its time.
func TestTheEndDoesNotWaitForWhoStalls(t *testing.T) {
	large := strings.Repeat(" ", 65<<10)
	const upload = "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
	for _, c := range []struct {
		name, sends string
		cut         int // known where the request is in flight
	}{
		{"an upload", upload, 1},
		{"a body that is not read", "GET /v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{", 1},
		{"a body to nowhere", "POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", 1},
		{"a body that is too large", "PUT /v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n" + large, 0},
		{"a body that stands before a large answer", "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{", 1},
		{"a header", "GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Slow: ", 0},
		{"nothing", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var log logged
			s := open(t, nil, func(config *api.Config) {
				config.Shutdown, config.Linger, config.Log = time.Second, 0, slog.New(slog.NewJSONHandler(&log, nil))
			})
			address, end, ended := serving(t, s)
			dial(t, address).send(t, c.sends)
			if c.cut > 0 {
				await(t, "the request", func() bool { return !strings.Contains(metrics(s), "authlab_requests_in_flight 1\n") })
			}
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if c.cut > 0 && !strings.Contains(log.String(), fmt.Sprintf(`"connections_cut":%d`, c.cut)) {
				t.Errorf("it does not say that it cut %d: %s", c.cut, log.String())
			}
		})
	}
}

// logged is a buffer for a server that runs meanwhile.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Clients that hold connections and ask nothing keep no other client out.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for name, first := range map[string]string{"idle": "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "silent": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, nil, func(c *api.Config) { c.MaxConnections, c.Linger = 3, 0 })
			address, end, ended := serving(t, s)
			for range 3 {
				c := dial(t, address)
				c.send(t, first)
				if first != "" {
					if _, err := http.ReadResponse(c.from, nil); err != nil {
						t.Fatal(err)
					}
				}
			}
			healthy := dial(t, address)
			if answer := healthy.ask(); answer == nil || answer.StatusCode != http.StatusOK {
				t.Errorf("beside clients that ask nothing: %+v", answer)
			}
			end()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
