package connections_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authlab/servers/api/connections"
)

const forever = time.Hour

// server serves at most two connections. A request for /slow signals its arrival, and is answered on command.
type server struct {
	*connections.Listener
	http         *http.Server
	came, answer chan struct{}
	idles        atomic.Int64 // how often a connection became idle
}

func serve(t *testing.T, patience time.Duration) *server {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{
		Listener: connections.Limit(inner, 2, patience), came: make(chan struct{}), answer: make(chan struct{}),
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			s.came <- struct{}{}
			<-s.answer
		case "/read":
			s.came <- struct{}{}
			_, _ = io.Copy(io.Discard, connections.Body(r.Context(), r.Body))
		case "/endless":
			s.came <- struct{}{}
			for piece, err := make([]byte, 64<<10), error(nil); err == nil; {
				_, err = w.Write(piece)
			}
		}
		if s.Open() > 2 {
			t.Errorf("%d connections are open", s.Open())
		}
	})}
	s.Watch(server)
	track := server.ConnState
	server.ConnState = func(c net.Conn, state http.ConnState) {
		track(c, state)
		if state == http.StateIdle {
			s.idles.Add(1)
		}
	}
	s.http = server
	go server.Serve(s.Listener)
	t.Cleanup(func() { server.Close() })
	return s
}

// client is one connection.
type client struct {
	net.Conn
	from *bufio.Reader
	to   *server
	t    *testing.T
}

func dial(t *testing.T, s *server) client {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return client{c, bufio.NewReader(c), s, t}
}

func (c client) send(path string) {
	c.t.Helper()
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		c.t.Error(err)
	}
}

func (c client) answered() {
	c.t.Helper()
	answer, err := http.ReadResponse(c.from, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

// ask returns when the connection is idle again, which is after the answer has come.
func (c client) ask() {
	c.t.Helper()
	before := c.to.idles.Load()
	c.send("/")
	c.answered()
	await(c.t, "the connection to be idle", func() bool { return c.to.idles.Load() > before })
}

func await(t *testing.T, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !until(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// closed waits for the server to close the connection.
func (c client) closed() {
	c.t.Helper()
	var timeout net.Error
	if n, err := c.from.Read(make([]byte, 1)); n > 0 || errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Errorf("a connection that should be closed says %d bytes, %v", n, err)
	}
}

func TestTheLongestIdleMakesRoom(t *testing.T) {
	s := serve(t, forever)
	first, second := dial(t, s), dial(t, s)
	first.ask()
	second.ask()
	first.ask() // now second is idle for longer
	third := dial(t, s)
	third.ask()
	second.closed()
	first.ask()
	third.ask()
	if s.Open() != 2 {
		t.Errorf("%d connections are open, want 2", s.Open())
	}
}

func TestTheSilentMakeRoom(t *testing.T) {
	s := serve(t, 50*time.Millisecond)
	silent := dial(t, s)
	half := dial(t, s)
	_, _ = io.WriteString(half, "GET / HTTP/1.1\r\nHost: x\r\nX-Never-Ends: ")
	third, fourth := dial(t, s), dial(t, s)
	third.ask()
	silent.closed()
	fourth.ask()
}

func TestTheSilentGoBeforeTheIdle(t *testing.T) {
	s := serve(t, time.Nanosecond)
	idle := dial(t, s)
	idle.ask()
	silent := dial(t, s)
	third := dial(t, s)
	third.ask()
	silent.closed()
	idle.ask()
}

func TestRequestsAreNotCut(t *testing.T) {
	s := serve(t, time.Nanosecond)
	first, second := dial(t, s), dial(t, s)
	first.send("/slow")
	<-s.came
	second.send("/slow")
	<-s.came
	third := dial(t, s)
	third.send("/") // it waits
	s.answer <- struct{}{}
	s.answer <- struct{}{}
	first.answered()
	second.answered()
	third.answered()
}

func TestAPlaceIsGivenUpOnce(t *testing.T) {
	s := serve(t, forever)
	for range 100 {
		c := dial(t, s)
		c.ask()
		c.Close()
	}
	await(t, "no connection to be open", func() bool { return s.Open() == 0 })
}

// Many clients come at once and keep their connections: each gets its answer, and two places are never given for one.
func TestACrowd(t *testing.T) {
	s := serve(t, forever)
	done := make(chan error)
	for range 50 {
		go func() {
			transport := &http.Transport{} // keeps its connection, and is told when it was closed
			defer transport.CloseIdleConnections()
			var err error
			for range 20 {
				var answer *http.Response
				r, _ := http.NewRequest("GET", "http://"+s.Addr().String(), nil)
				if answer, err = transport.RoundTrip(r); err != nil {
					break
				}
				answer.Body.Close()
			}
			done <- err
		}()
	}
	for range 50 {
		if err := <-done; err != nil && !taken(err) {
			t.Error(err)
		}
	}
}

// taken reports that a connection was closed at the moment when its client sent another request, which no server can
// rule out.
func taken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "server closed")
}

func TestWaitingEndsWithTheListener(t *testing.T) {
	s := serve(t, forever)
	for range 2 {
		dial(t, s).send("/slow")
		<-s.came
	}
	waiting := dial(t, s)
	waiting.send("/")
	s.Close()
	waiting.closed()
	s.answer <- struct{}{}
	s.answer <- struct{}{}
}
