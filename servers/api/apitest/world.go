package apitest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

// world is a scheme's servers for one check; they share accounts.
type world struct {
	t        testing.TB
	scheme   Scheme
	urls     []string // of the replicas
	accounts *user.Accounts
	loadKey  []byte
	clock    *clock
	log      *logBuffer // everything that the servers logged
	spy      *spy       // validates against openapi.yaml
	client   http.RoundTripper
	config   func(*api.Config)
}

// users is how many load users every world has besides alice, bob and admin.
const loadUsers = 200

// start starts two replicas (one if logins live on one), with a clock that only the check moves.
func start(t testing.TB, s Scheme) *world {
	t.Helper()
	w := &world{
		t: t, scheme: s, clock: &clock{at: time.Now().Truncate(time.Second)}, log: &logBuffer{},
		loadKey: make([]byte, 32),
	}
	for i := range w.loadKey {
		w.loadKey[i] = byte(i + 1)
	}
	w.accounts = w.keep(64) // KiB: only the time of a refusal changes
	replicas := 2
	if s.Alone {
		replicas = 1
	}
	for i := range replicas {
		w.urls = append(w.urls, w.serve(i))
	}
	w.spy = newSpy(t)
	w.client = w.spy
	return w
}

// keep opens accounts whose passwords are hashed with that many KiB; 0 means as in programs.
func (w *world) keep(memory uint32) *user.Accounts {
	w.t.Helper()
	accounts, err := user.Open(w.t.Context(), user.Config{
		DemoUsers: true, LoadUsers: loadUsers, LoadKey: w.loadKey, HashMemory: memory, Now: w.clock.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { accounts.Close() })
	return accounts
}

// open makes a replica as its program would, including what a misconfigured one refuses.
func (w *world) open(index int) (*api.Server, error) {
	w.t.Helper()
	scheme := w.scheme.New()
	flags := pflag.NewFlagSet(w.scheme.Name, pflag.ContinueOnError)
	scheme.Flags(flags)
	if err := flags.Parse(w.scheme.Args); err != nil {
		w.t.Fatal(err)
	}
	c := api.NewConfig(w.scheme.Name, "127.0.0.1:0")
	c.Accounts, c.DemoUsers, c.Now, c.Ballast = w.accounts, true, w.clock.Now, 0
	c.Linger = 0 // a world's clients end with it, and there are many worlds
	c.Replica = fmt.Sprintf("contract-%d", index)
	c.Log = slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.AllowOrigins = []string{allowedOrigin}
	if w.config != nil {
		w.config(&c)
	}
	if w.scheme.misconfigure != nil {
		w.scheme.misconfigure(&c)
	}
	return api.New(context.WithoutCancel(w.t.Context()), c, scheme)
}

// serve starts one more replica and returns its URL. It listens on loopback, whatever its configuration says.
func (w *world) serve(index int) string {
	w.t.Helper()
	server, err := w.open(index)
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.run(ctx, server, l) }()
	w.t.Cleanup(func() {
		cancel()
		<-done
		server.Close()
	})
	return "http://" + l.Addr().String()
}

func (w *world) run(ctx context.Context, server *api.Server, l net.Listener) error {
	if w.scheme.front == nil {
		return server.Serve(ctx, l)
	}
	fronted := &http.Server{Handler: w.scheme.front(server.Handler())}
	context.AfterFunc(ctx, func() { fronted.Close() })
	return fronted.Serve(l)
}

// allowedOrigin is the one origin from which the worlds' servers let browsers call.
const allowedOrigin = "https://app.example"

// clock is the servers' time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// advance moves the servers' clock, and the store's.
func (w *world) advance(d time.Duration) {
	w.clock.mu.Lock()
	w.clock.at = w.clock.at.Add(d)
	w.clock.mu.Unlock()
	if w.scheme.Advance != nil {
		w.scheme.Advance(d)
	}
}

// logBuffer keeps what servers logged.
type logBuffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}

// credential is what a login handed out.
type credential struct {
	header  http.Header // the header that carries it
	refresh string      // tokens only
	answer  loginAnswer
}

type loginAnswer struct {
	User         person `json:"user"`
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"`
}
