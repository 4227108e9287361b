package api_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authlab/servers/api"
	"authlab/servers/control"
	"authlab/servers/user"
)

// Two replicas behind clients that behave as a balancer does: they keep connections, leave one that says so, and send
// nothing to a replica that is not ready. One replica ends under load, and no request is lost.
func TestTheEndLosesNoRequest(t *testing.T) {
	const drain = 400 * time.Millisecond
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
	wait := func(what string, until func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !until(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("waited in vain for ", what)
			}
		}
	}
	wait("1000 answers", func() bool { return good.Load() > 1000 })
	if code := ready(); code != 200 {
		t.Fatalf("/readyz says %d before the end", code)
	}
	began := time.Now()
	end[0]()
	wait("/readyz to say 503", func() bool { return ready() == 503 })
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
	wait("1000 answers more", func() bool { return good.Load() > at+1000 })
	close(stop)
	clients.Wait()
	if bad.Load() != 0 || closing.Load() == 0 {
		t.Errorf("%d requests were lost of %d, %d answers said close", bad.Load(), good.Load(), closing.Load())
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
