package redis

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/session/store/storetest"
	"authlab/servers/stall"
)

// promptly is how long a command may take to report an outage: 300 ms are promised, the rest is for the timers. The
// time that the machine kept the test waiting is added to it.
const promptly = 400 * time.Millisecond

// machine measures how long a test was kept waiting.
var machine = stall.Begin()

func opened(t *testing.T, s *storetest.Server) *Client {
	t.Helper()
	return openedAs(t, s, false)
}

func openedAs(t *testing.T, s *storetest.Server, plain bool) *Client {
	t.Helper()
	c, err := Open(Options{Address: s.Addr, Password: s.Password, Plain: plain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// either runs a test over both kinds of client.
func either(t *testing.T, test func(t *testing.T, s *storetest.Server, c *Client)) {
	for name, plain := range map[string]bool{"pipelined": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Redis(t, "hunter2")
			test(t, s, openedAs(t, s, plain))
		})
	}
}

// failing runs every kind of command, and expects an error from each in time.
func failing(t *testing.T, c *Client) {
	t.Helper()
	script := rueidis.NewLuaScript("return 1")
	for name, do := range map[string]func(context.Context) error{
		"ping":  c.Prove,
		"write": func(ctx context.Context) error { return c.Write(ctx, c.B().Set().Key("a").Value("b").Build()) },
		"run":   func(ctx context.Context) error { return c.Run(ctx, script, []string{"a"}, nil).Error() },
	} {
		began, late := time.Now(), machine.Mark()
		if err := do(t.Context()); err == nil {
			t.Errorf("%s: done by a Redis that is away", name)
		}
		if took := time.Since(began); took > promptly+late() {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func back(t *testing.T, c *Client) {
	t.Helper()
	began, late := time.Now(), machine.Mark()
	for c.Prove(t.Context()) != nil {
		if time.Since(began) > time.Second+late() {
			t.Fatal("a Redis that is back is not used after 1 s")
		}
	}
}

func TestStops(t *testing.T) {
	either(t, func(t *testing.T, s *storetest.Server, c *Client) {
		s.Stop()
		failing(t, c)
		allFail(t, c)
		s.Start()
		back(t, c)
	})
}

// TestRestartBetweenRequests: a connection that died while idle causes no request an error.
func TestRestartBetweenRequests(t *testing.T) {
	either(t, func(t *testing.T, s *storetest.Server, c *Client) {
		s.Stop()
		s.Start()
		if err := c.Prove(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestHangs(t *testing.T) {
	either(t, func(t *testing.T, s *storetest.Server, c *Client) {
		before := runtime.NumGoroutine()
		s.Pause()
		failing(t, c)
		allFail(t, c)
		s.Resume()
		back(t, c)
		for deadline := time.Now().Add(3 * time.Second); runtime.NumGoroutine() > before+2; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
			}
		}
	})
}

// allFail runs many commands at once, more than there are connections or than fit into one, while nothing is answered.
// None waits for another.
func allFail(t *testing.T, c *Client) {
	t.Helper()
	var all sync.WaitGroup
	for range 2000 {
		all.Go(func() {
			began, late := time.Now(), machine.Mark()
			if err := c.Prove(t.Context()); err == nil || time.Since(began) > 2*promptly+late() {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
	all.Wait()
}

// TestPlainKeepsToItsConnections: however many ask at once, also after they have given up on a Redis that hung.
func TestPlainKeepsToItsConnections(t *testing.T) {
	s := storetest.Redis(t, "")
	c := openedAs(t, s, true)
	s.Pause()
	allFail(t, c)
	s.Resume()
	back(t, c)

	s.Pause()
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() { _ = c.Prove(t.Context()) })
	}
	for deadline := time.Now().Add(10 * time.Second); len(c.link.turns) < plainConns; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no command is in progress")
		}
	}
	s.Resume()
	all.Wait()
	// On a busy machine all have given up before Redis went on, and no connection is left.
	back(t, c)
	if n := c.connections(); n == 0 || n > plainConns+1 { // rueidis has one more, for commands that need no pool
		t.Errorf("%d connections, of at most %d", n, plainConns+1)
	}
	// The client itself asks for the time once a second, and may be doing so now; a leaked turn would stay for good.
	for deadline := time.Now().Add(10 * time.Second); len(c.link.turns) != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d commands that have ended keep their turn", len(c.link.turns))
		}
	}
}

func (c *Client) connections() int {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return len(c.link.conns)
}

// TestWaitingForATurnEnds with its request.
func TestWaitingForATurnEnds(t *testing.T) {
	s := storetest.Redis(t, "")
	c := openedAs(t, s, true)
	for range plainConns {
		c.link.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Prove(ctx) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := c.Prove(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-c.link.turns
	if err := c.Prove(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestCloseEndsAWait: a command that blocks for an hour does not keep a program from ending.
func TestCloseEndsAWait(t *testing.T) {
	c := opened(t, storetest.Redis(t, ""))
	began := make(chan struct{})
	waited := make(chan error, 1)
	go func() {
		command := c.B().Xread().Block(3_600_000).Streams().Key("a").Id("$").Build()
		close(began)
		waited <- c.Wait(context.Background(), command).Error()
	}()
	<-began
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		clients, err := c.Wait(t.Context(), c.B().Arbitrary("CLIENT", "LIST").Build()).ToString()
		if err != nil || time.Now().After(deadline) {
			t.Fatal("no command waits: ", err)
		}
		if strings.Contains(clients, "cmd=xread") {
			break
		}
	}
	c.Close()
	select {
	case err := <-waited:
		if err == nil {
			t.Error("news out of nowhere")
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits on")
	}
}

func TestCancelledBefore(t *testing.T) {
	c := opened(t, storetest.Redis(t, ""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Prove(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"redis://h": "h:6379   0 false", "redis://h:1/2": "h:1   2 false", "redis://:p@h": "h:6379  p 0 false",
		"rediss://u:p@h:1": "h:1 u p 0 true", "redis://[::1]:1": "[::1]:1   0 false",
		"": "", "h:1": "", "http://h": "", "redis://": "", "redis://h/x": "", "redis://h/-1": "", "redis://h?db=1": "",
		"redis://:se%zzcret@h": "", "redis://:secret@h/x": "", "redis://h#1": "",
	} {
		o, err := Parse(text)
		got := ""
		if err == nil {
			got = fmt.Sprintf("%s %s %s %d %v", o.Address, o.Username, o.Password, o.DB, o.TLS != nil)
		}
		if got != want || err != nil && strings.Contains(err.Error(), "cret") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestFlagsRefuse: each mistake is reported in one sentence about a flag, without a password.
func TestFlagsRefuse(t *testing.T) {
	s := storetest.Redis(t, "right-horse")
	for _, flags := range [][]string{
		{"--redis=http://h"},
		{"--redis=redis://127.0.0.1:1"},
		{"--redis=redis://" + s.Addr},
		{"--redis=redis://:wrong-horse@" + s.Addr},
		{"--redis=" + s.URL(), "--redis-password-file=/dev/null"},
		{"--redis=redis://" + s.Addr, "--redis-password-file=/no/such/file"},
		{"--redis=" + s.URL(), "--redis-timeout=0s"},
	} {
		var f Flags
		fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
		f.Register(fs, "a test")
		if given := f.Given(); given != "" {
			t.Errorf("%s was not given", given)
		}
		if err := fs.Parse(flags); err != nil {
			t.Fatal(err)
		}
		_, err := f.Open(nil)
		var u api.Usage
		if !errors.As(err, &u) || !strings.Contains(u.Sentence, "--redis") || strings.ContainsAny(u.Sentence, "\n") ||
			strings.Contains(u.Sentence, "-horse") || f.Given() == "" {
			t.Errorf("%v: %v", flags, err)
		}
	}
}
