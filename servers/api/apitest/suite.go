// Package apitest is the contract that every scheme must pass, told over HTTP and nothing else: the security
// requirements one by one, each refusal beside the same request unharmed, every request and answer checked against
// openapi.yaml.
//
// Three checks repeat themselves: R01 asks for 10⁵ logins, R19 for 500 pairs of refusals and R23 for 10⁵ cancelled
// requests. That is a minute and more for each scheme, so it is done where CI=true, and not with -short, by the rows that
// have it in Whole. Elsewhere a tenth is, which takes seconds and sees what is wrong by much; by the other rows, a fiftieth
// (of R19 a twentieth).
package apitest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

// Carrier is how a credential travels.
type Carrier string

// The carriers.
const (
	Cookie Carrier = "cookie"
	Bearer Carrier = "bearer"
	Name   Carrier = "name" // the control's header, believed
)

// Scheme describes to the suite what it tests.
type Scheme struct {
	Name    string
	Carrier Carrier
	// New returns the scheme as its program would make it, and Args the command line for it.
	New  func() api.Scheme
	Args []string
	// Alone says that logins live on one replica: the suite then starts no second.
	Alone bool
	// Within is the guarantee: how long an ended credential may still work.
	Within time.Duration
	// Pushed says that Within is the time that news takes over a network, which no clock of a check moves.
	Pushed bool
	// Life, where credentials that nobody ends last longer than the guarantee, is how long, counted from when one was
	// handed out and whatever the clocks: the life of an access token.
	Life time.Duration
	// Stateless says that the servers remember nothing of a login. Nobody can end one then, and what works can be renewed,
	// until Within has passed; and that is as long as any login lasts.
	Stateless bool
	// Lists says whether devices can be listed; otherwise the answer must be 501.
	Lists bool
	// Idle and Absolute are the lifetimes that Args ask for: of a session, or of a refresh family.
	Idle, Absolute time.Duration
	// Grace, where refresh tokens rotate, is how long the one before the latest is answered with the latest again.
	Grace time.Duration
	// Advance, where a store has a clock of its own, moves it.
	Advance func(time.Duration)
	// StopStore and StartStore, where a scheme has a store, take it away and bring it back.
	StopStore, StartStore func()
	// Sign, where credentials are tokens, signs any header and payload with the server's own key and algorithm, so that
	// only what is wrong with a token is wrong.
	Sign func(header, payload string) string
	// WeakKeys are contents of the key file that must start no server, by what is wrong with them. What is wrong whatever
	// the algorithm is tried besides.
	WeakKeys map[string]string
	// Whole are the checks, of those that can be, that no other row repeats for this one.
	Whole []string

	// misconfigure breaks what a Config decides, to see that the checks notice, and front stands before the servers.
	misconfigure func(*api.Config)
	front        func(http.Handler) http.Handler
}

// lasts is how long a credential may be honoured after it was handed out, if nobody ends it.
func (s Scheme) lasts() time.Duration { return max(s.Within, s.Life) }

// repeated are the checks of which a row can have the whole.
var repeated = []string{"R01", "R19", "R23"}

// known is an error where Whole names what is not repeated: of a name misspelt there would be a fiftieth, and nobody would know.
func (s Scheme) known() error {
	for _, name := range s.Whole {
		if !slices.Contains(repeated, name) {
			return fmt.Errorf("there is no whole of %s: %v are repeated", name, repeated)
		}
	}
	return nil
}

// repeats is how often a check does what is asked for so many times.
func (s Scheme) repeats(check string, asked int) int {
	switch {
	case !slices.Contains(s.Whole, check):
		return asked / 50
	case os.Getenv("CI") == "true" && !testing.Short():
		return asked
	}
	return asked / 10
}

// check is one requirement. It returns what was wrong.
type check struct {
	name string
	// applies is nil where the requirement is for every scheme.
	applies func(Scheme) bool
	run     func(*world) error
}

// Run holds a scheme to the contract.
func Run(t *testing.T, s Scheme) {
	if err := s.known(); err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if c.applies != nil && !c.applies(s) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.hold(t, s); err != nil {
				t.Error(err)
			}
		})
	}
}

// hold runs a check in a world of its own.
func (c check) hold(t testing.TB, s Scheme) error {
	w := start(t, s)
	return errors.Join(c.run(w), w.conforms())
}

// world is a scheme's servers, sharing accounts, for one check.
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

// users that every world has besides alice, bob and admin.
const loadUsers = 200

// start brings two replicas up (one where logins live on one), with a clock that only the check moves.
func start(t testing.TB, s Scheme) *world {
	t.Helper()
	w := &world{
		t: t, scheme: s, clock: &clock{at: time.Now().Truncate(time.Second)}, log: &logBuffer{},
		loadKey: make([]byte, 32),
	}
	for i := range w.loadKey {
		w.loadKey[i] = byte(i + 1)
	}
	w.accounts = w.keep(64) // KiB: all but the time of a refusal is the same
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

// keep opens accounts whose passwords are hashed with so many KiB; 0 is as programs do.
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

// open makes a replica the way its program would, as far as what a misconfigured one refuses.
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

// serve starts one more replica and returns its URL. It listens on loopback, wherever its configuration believes it
// does.
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

// allowedOrigin is the one origin that the worlds' servers let browsers call from.
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
	header  http.Header // what carries it
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
