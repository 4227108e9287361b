// Package storetest starts private session stores for tests: a real redis-server, never the machine's own.
package storetest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// Server is a redis-server of the test's own, on loopback, with nothing on disk. It ends with the test.
type Server struct {
	Addr     string // host:port, the same after a restart
	Password string // "" for none

	t       testing.TB
	path    string
	options []string // further lines of the configuration
	cmd     *exec.Cmd
	log     *output
}

// Redis starts a server. Without redis-server or valkey-server on PATH the test is skipped, or fails where CI=true: CI
// must have one. With -short the test is always skipped.
func Redis(t testing.TB, password string) *Server {
	t.Helper()
	return redisWith(t, password)
}

func redisWith(t testing.TB, password string, options ...string) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("Redis is skipped with -short")
	}
	path := find()
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("neither redis-server nor valkey-server is on PATH, and CI=true")
		}
		t.Skip("neither redis-server nor valkey-server is on PATH (Debian: apt-get install redis-server)")
	}
	s := &Server{Password: password, t: t, path: path, options: append(options, "dir "+quoted(t.TempDir()))}
	for attempt := 1; ; attempt++ {
		s.Addr = freeAddr(t)
		err := s.start()
		if err == nil {
			break
		}
		if attempt == 3 { // another program may have taken the port in between, hardly three times
			t.Fatal(err)
		}
	}
	t.Cleanup(s.Stop)
	return s
}

// URL is where the server is, as a command line takes it.
func (s *Server) URL() string {
	if s.Password == "" {
		return "redis://" + s.Addr
	}
	return "redis://:" + s.Password + "@" + s.Addr
}

// Stop ends the server and waits until its port refuses.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGCONT)
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Start starts the server again, empty, on the same port.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// Pause makes the server hang: connections stay open but get no answer.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// Cut breaks all connections to the server.
func (s *Server) Cut() {
	s.t.Helper()
	s.do(func(client rueidis.Client) error {
		return client.Do(context.Background(), client.B().Arbitrary("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").
			Build()).Error()
	})
}

// Info returns a section of the server's INFO.
func (s *Server) Info(section string) (text string) {
	s.t.Helper()
	s.do(func(client rueidis.Client) (err error) {
		text, err = client.Do(context.Background(), client.B().Info().Section(section).Build()).ToString()
		return err
	})
	return text
}

// Command sends the server a command.
func (s *Server) Command(words ...string) {
	s.t.Helper()
	s.do(func(client rueidis.Client) error {
		return client.Do(context.Background(), client.B().Arbitrary(words...).Build()).Error()
	})
}

// Exists is how many of the keys exist.
func (s *Server) Exists(keys ...string) (n int64) {
	s.t.Helper()
	s.do(func(client rueidis.Client) (err error) {
		n, err = client.Do(context.Background(), client.B().Exists().Key(keys...).Build()).AsInt64()
		return err
	})
	return n
}

// Left is how long a key has left.
func (s *Server) Left(key string) (left time.Duration) {
	s.t.Helper()
	s.do(func(client rueidis.Client) error {
		ms, err := client.Do(context.Background(), client.B().Pttl().Key(key).Build()).AsInt64()
		left = time.Duration(ms) * time.Millisecond
		return err
	})
	return left
}

// Configure changes a setting.
func (s *Server) Configure(name, value string) {
	s.t.Helper()
	s.Command("CONFIG", "SET", name, value)
}

// do uses a connection made for this call.
func (s *Server) do(use func(rueidis.Client) error) {
	s.t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.Addr}, Password: s.Password, DisableCache: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	if err := use(client); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func find() string {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (s *Server) start() error {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	s.log = &output{}
	cmd := exec.Command(s.path, "-") // the configuration from stdin: a password as an argument shows in ps
	cmd.Stdin = strings.NewReader(strings.Join(append([]string{
		"bind " + host, "port " + port, `save ""`, "appendonly no", "daemonize no", "requirepass " + quoted(s.Password),
		"repl-diskless-sync-delay 0", // a replica that asks for the data gets it at once
	}, s.options...), "\n") + "\n")
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if s.answers() {
			return nil
		}
	}
	s.Stop()
	return fmt.Errorf("redis-server on %s does not answer: %s", s.Addr, s.log)
}

func quoted(s string) string { return `"` + s + `"` }

// answers reports whether the server is up: even a refusal for lack of a password is an answer.
func (s *Server) answers() bool {
	c, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && (strings.HasPrefix(line, "+PONG") || strings.HasPrefix(line, "-NOAUTH"))
}

// output records what the server wrote, for the message of a failed start.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
