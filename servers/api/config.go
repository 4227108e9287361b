package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"authlab/keyfile"
	"authlab/servers/user"
)

// Config is everything that the three servers share. Its zero value is not usable: NewConfig has the defaults.
type Config struct {
	// Server is the program's name, as /healthz reports it.
	Server string
	// Listen is the address; port 0 picks a free one.
	Listen string
	// Replica is <nonce>-<index>, the value of X-Replica on every response.
	Replica string

	Database     string // "" in memory, sqlite:PATH, postgres://…
	DemoUsers    bool
	LoadUsers    int
	LoadKeyFile  string
	LoadKey      []byte         // instead of LoadKeyFile, for tests
	Accounts     *user.Accounts // instead of Database, for tests; the server does not close it
	AllowOrigins []string       // exact origins that browsers may call from, with credentials
	TrustProxies []string       // networks whose X-Forwarded-For is trusted
	proxies      []netip.Prefix // the same, parsed by check

	// InsecureCookies lets cookies travel over plain HTTP. On a loopback address they always may.
	InsecureCookies bool

	// Drain is how long the server keeps serving after SIGTERM while /readyz already says 503, so that a balancer stops
	// sending before the listener closes. Linger is how long, Drain included, connected clients may continue before idle
	// connections are closed; it ends early when all have left. Shutdown limits the requests that are in flight then.
	Drain    time.Duration
	Linger   time.Duration
	Shutdown time.Duration
	// Request limits a request's work: it is the deadline of every call's context.
	Request time.Duration
	// Header limits how long a client may take to send a request's header; the whole request may take twice that.
	Header time.Duration
	// MaxConnections limits the connections that are open at once. More wait to be accepted while none of these is idle.
	MaxConnections int

	// Ballast is memory, in bytes, that the process holds and never touches. It makes the collector run about equally
	// often whatever a scheme keeps in memory, so that CPU costs compare schemes and not heap sizes. As much memory again
	// is touched at the start, as it would be in the first minute of load.
	Ballast int
	// ClockOffset is how wrong this server's clock is, for experiments with replicas that disagree about the time. The
	// clocks of databases and Redis stay right, also that of SQLite. It needs a loopback listener.
	ClockOffset time.Duration
	// Demo adds Server-Timing to every answer.
	Demo     bool
	LogLevel string

	Log *slog.Logger     // nil means JSON on stderr at LogLevel
	Now func() time.Time // the clock of credentials; nil means time.Now, off by ClockOffset

	// database is the clock of a SQLite database: Now where the caller gave it, else the machine's. Replicas that share
	// one share a machine, and its clock is not off because one replica's is.
	database func() time.Time
}

// NewConfig returns the defaults.
func NewConfig(server, listen string) Config {
	return Config{
		Server: server, Listen: listen, Linger: 250 * time.Millisecond, Shutdown: 10 * time.Second, Request: 5 * time.Second,
		Header: 5 * time.Second, MaxConnections: 10_000, Ballast: 64 << 20, LogLevel: "info",
	}
}

// Flags registers the flags that all servers share.
func (c *Config) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&c.Listen, "listen", c.Listen, "address to listen on; port 0 picks a free one and prints it")
	fs.StringVar(&c.Replica, "replica", c.Replica,
		"name of this replica as NONCE-INDEX, sent in X-Replica (default random)")
	fs.StringVar(&c.Database, "database", c.Database,
		"accounts: sqlite:PATH or postgres://… (default in memory, gone at exit)")
	fs.BoolVar(&c.DemoUsers, "demo-users", c.DemoUsers,
		"create alice, bob and admin with a well-known password; loopback only")
	fs.IntVar(&c.LoadUsers, "load-users", c.LoadUsers, "create this many load users; needs --load-key-file")
	fs.StringVar(&c.LoadKeyFile, "load-key-file", c.LoadKeyFile,
		"file (mode 0600) with the key, at least 32 bytes raw or in hex, of the load users' passwords")
	fs.StringSliceVar(&c.AllowOrigins, "allowed-origins", c.AllowOrigins,
		"origins such as https://app.example from which browsers may call")
	fs.StringSliceVar(&c.TrustProxies, "trusted-proxies", c.TrustProxies,
		"networks such as 127.0.0.1/32 whose X-Forwarded-For is trusted (default none)")
	fs.BoolVar(&c.InsecureCookies, "insecure-cookies", c.InsecureCookies,
		"let cookies travel over plain HTTP on an address that is not loopback")
	fs.DurationVar(&c.Drain, "drain", c.Drain,
		"how long to keep serving after SIGTERM while /readyz says 503: longer than balancers take to notice. With 0s a "+
			"request may be lost on a new connection, or on one that stays idle for another 250ms")
	fs.DurationVar(&c.Shutdown, "shutdown-timeout", c.Shutdown,
		"how long requests in flight may take after that; stalled clients are cut after half of it")
	fs.DurationVar(&c.Request, "request-timeout", c.Request, "how long one request may take")
	fs.DurationVar(&c.Header, "header-timeout", c.Header,
		"how long a client may take to send a request's header; the whole request may take twice that")
	fs.IntVar(&c.MaxConnections, "max-connections", c.MaxConnections,
		"maximum of open connections; one more closes the longest idle one, or else one whose client "+
			"stalls; if all are busy, it waits")
	fs.IntVar(&c.Ballast, "ballast", c.Ballast,
		"bytes of memory, held and not used, so that the garbage collector runs equally often in all schemes; a start "+
			"fills the heap with as much once")
	fs.DurationVar(&c.ClockOffset, "clock-offset", c.ClockOffset,
		"how wrong this server's clock is, and not that of its database, for experiments on a loopback address: -2m is two "+
			"minutes behind")
	fs.BoolVar(&c.Demo, "demo", c.Demo, "send Server-Timing, so that a browser's developer tools show where time goes")
	fs.StringVar(&c.LogLevel, "log-level", c.LogLevel, "debug, info, warn or error")
}

// check completes c and refuses what cannot work. Every error is a Usage: one sentence that says what to do.
func (c *Config) check(stderr io.Writer) error {
	if c.Log == nil {
		var level slog.Level
		if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
			return Usage{Sentence: fmt.Sprintf("--log-level must be debug, info, warn or error, not %q", c.LogLevel)}
		}
		c.Log = slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level}))
	}
	if c.ClockOffset != 0 && !c.loopback() {
		return Usage{Sentence: fmt.Sprintf("--clock-offset is for experiments: %s is not a loopback address", c.Listen)}
	}
	if c.database = c.Now; c.Now == nil {
		c.Now = func() time.Time { return time.Now().Add(c.ClockOffset) }
	}
	if c.InsecureCookies && !c.loopback() {
		c.Log.Warn("--insecure-cookies: an eavesdropper between a client and " + c.Listen + " can take over its login")
	}
	if c.Replica == "" {
		c.Replica = randomNonce() + "-0"
	}
	if !validReplica(c.Replica) {
		return Usage{Sentence: fmt.Sprintf("--replica must be NONCE-INDEX, such as 5f3a9c-0, not %q", c.Replica)}
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return Usage{Sentence: fmt.Sprintf("--listen must be HOST:PORT, such as 127.0.0.1:8080, not %q", c.Listen)}
	}
	if c.DemoUsers && !c.loopback() {
		return Usage{Sentence: fmt.Sprintf("--demo-users uses a public password: %s is not a loopback address",
			c.Listen)}
	}
	c.proxies = nil
	for _, text := range c.TrustProxies {
		proxy, err := proxyOf(text)
		if err != nil {
			return Usage{Sentence: fmt.Sprintf("--trusted-proxies must be networks such as 10.0.0.0/8, not %q", text)}
		}
		c.proxies = append(c.proxies, proxy)
	}
	for _, origin := range c.AllowOrigins {
		if u, err := url.Parse(origin); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
			u.Scheme+"://"+u.Host != origin || u.Host != strings.ToLower(u.Host) || strings.Contains(u.Host, "*") {
			return Usage{Sentence: fmt.Sprintf("--allowed-origins must be exact origins such as https://app.example, not %q",
				origin)}
		}
	}
	switch {
	case c.LoadUsers < 0 || c.Ballast < 0 || c.Drain < 0:
		return Usage{Sentence: "--load-users, --ballast and --drain must not be negative"}
	case c.MaxConnections < 1 || c.Request <= 0 || c.Header <= 0 || c.Shutdown <= 0:
		return Usage{Sentence: "--max-connections, --request-timeout, --header-timeout and --shutdown-timeout must be " +
			"above 0"}
	}
	return c.readLoadKey()
}

func (c *Config) readLoadKey() error {
	if c.LoadUsers == 0 || c.LoadKey != nil {
		return nil
	}
	if c.LoadKeyFile == "" {
		return Usage{Sentence: "--load-users needs --load-key-file: a file of mode 0600 with 32 random bytes in hex"}
	}
	text, err := keyfile.Read(c.LoadKeyFile)
	if err != nil {
		return Usage{Sentence: "--load-key-file: " + err.Error()}
	}
	if key, err := hex.DecodeString(strings.TrimSpace(string(keyfile.Unmarked(text)))); err == nil {
		text = key
	}
	if why := keyfile.Weak(text, 32); why != "" {
		return Usage{Sentence: fmt.Sprintf("--load-key-file: the key in %s, raw or in hex, %s; `openssl rand -hex 32` "+
			"makes a good one", c.LoadKeyFile, why)}
	}
	c.LoadKey = text
	return nil
}

// loopback reports whether only this machine can reach the server.
func (c *Config) loopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (c *Config) accounts(ctx context.Context) (a *user.Accounts, closeIt func() error, err error) {
	if c.Accounts != nil {
		return c.Accounts, func() error { return nil }, nil
	}
	a, err = user.Open(ctx, user.Config{
		URL: c.Database, DemoUsers: c.DemoUsers, LoadUsers: c.LoadUsers, LoadKey: c.LoadKey, Now: c.database,
	})
	if err != nil {
		return nil, nil, Usage{Sentence: err.Error()}
	}
	return a, a.Close, nil
}
