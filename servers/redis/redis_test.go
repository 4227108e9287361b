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
)

// promptly is what an outage may take to be told: 300 ms are promised, the rest is for a machine busy with other tests.
const promptly = 400 * time.Millisecond

func opened(t *testing.T, s *storetest.Server) *Client {
	t.Helper()
	c, err := Open(Options{Address: s.Addr, Password: s.Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// failing does everything there is, and wants of each an error in time.
func failing(t *testing.T, c *Client) {
	t.Helper()
	script := rueidis.NewLuaScript("return 1")
	for name, do := range map[string]func(context.Context) error{
		"ping":  c.Ping,
		"write": func(ctx context.Context) error { return c.Write(ctx, c.B().Set().Key("a").Value("b").Build()) },
		"run":   func(ctx context.Context) error { return c.Run(ctx, script, []string{"a"}, nil).Error() },
	} {
		began := time.Now()
		if err := do(t.Context()); err == nil {
			t.Errorf("%s: done by a Redis that is away", name)
		}
		if took := time.Since(began); took > promptly {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func back(t *testing.T, c *Client) {
	t.Helper()
	for deadline := time.Now().Add(time.Second); c.Ping(t.Context()) != nil; {
		if time.Now().After(deadline) {
			t.Fatal("a Redis that is back is not used after 1 s")
		}
	}
}

func TestStops(t *testing.T) {
	s := storetest.Redis(t, "hunter2")
	c := opened(t, s)
	s.Stop()
	failing(t, c)
	s.Start()
	back(t, c)
}

// TestRestartBetweenRequests: a connection that died while nobody asked costs nobody an error.
func TestRestartBetweenRequests(t *testing.T) {
	s := storetest.Redis(t, "")
	c := opened(t, s)
	s.Stop()
	s.Start()
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestHangs: many ask at once, more than a connection takes while nothing is answered, and none waits for another.
func TestHangs(t *testing.T) {
	s := storetest.Redis(t, "")
	c := opened(t, s)
	before := runtime.NumGoroutine()
	s.Pause()
	failing(t, c)
	var all sync.WaitGroup
	for range 2000 {
		all.Go(func() {
			began := time.Now()
			if err := c.Ping(t.Context()); err == nil || time.Since(began) > 2*promptly {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
	all.Wait()
	s.Resume()
	back(t, c)
	for deadline := time.Now().Add(3 * time.Second); runtime.NumGoroutine() > before+2; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// TestCloseEndsAWait: whoever waits for news an hour long does not keep a program from ending.
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
			t.Fatal("nobody waits: ", err)
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
	if err := c.Ping(ctx); !errors.Is(err, context.Canceled) {
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

// TestFlagsRefuse: each mistake is one sentence about a flag that shows no password.
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
		_, err := f.Open()
		var u api.Usage
		if !errors.As(err, &u) || !strings.Contains(u.Sentence, "--redis") || strings.ContainsAny(u.Sentence, "\n") ||
			strings.Contains(u.Sentence, "-horse") || f.Given() == "" {
			t.Errorf("%v: %v", flags, err)
		}
	}
}
