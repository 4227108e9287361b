package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/session/store"
)

// Scheme is sessiond's flags.
type Scheme struct {
	store        string
	redis        string
	passwordFile string
	answer       time.Duration
	idle         time.Duration
	absolute     time.Duration
	max          int

	flags *pflag.FlagSet
}

var _ api.Scheme = (*Scheme)(nil)

// NewScheme returns a scheme whose flags are not parsed yet.
func NewScheme() *Scheme { return &Scheme{} }

// Flags implements api.Scheme.
func (s *Scheme) Flags(fs *pflag.FlagSet) {
	s.flags = fs
	fs.StringVar(&s.store, "store", "memory",
		"where sessions live: memory (this process; other replicas do not know them) or redis (shared by all)")
	fs.StringVar(&s.redis, "redis", "redis://127.0.0.1:6390",
		"Redis of --store redis, as redis://[user:password@]host:port[/database], or rediss:// for TLS")
	fs.StringVar(&s.passwordFile, "redis-password-file", "",
		"file (mode 0600) with the password of --redis; one in the URL can be seen by every user of this machine")
	fs.DurationVar(&s.answer, "redis-timeout", store.AnswerWithin, "how long Redis may take before a request answers 503")
	fs.DurationVar(&s.idle, "session-idle", 30*time.Minute, "how long a session lives without a request")
	fs.DurationVar(&s.absolute, "session-absolute", 12*time.Hour, "how long a session lives at most, however busy it is")
	fs.IntVar(&s.max, "session-max", 250_000,
		"how many sessions --store memory holds (about 0.5 kB each); logins beyond that answer 503")
}

// Open implements api.Scheme.
func (s *Scheme) Open(_ context.Context, env api.Env) (api.Authenticator, error) {
	life := store.Lifetimes{Idle: s.idle, Absolute: s.absolute}
	if life.Idle < time.Millisecond || life.Absolute < life.Idle {
		return nil, usage("--session-idle %v and --session-absolute %v: both must be positive, idle at most absolute",
			life.Idle, life.Absolute)
	}
	secure, err := env.SecureCookies()
	if err != nil {
		return nil, err
	}
	backend, err := s.backend(life, env)
	if err != nil {
		return nil, err
	}
	return New(Config{
		Backend: backend, Accounts: env.Accounts,
		Options: store.Options{Lifetimes: life, Secure: secure, Now: env.Now},
	}), nil
}

func (s *Scheme) backend(life store.Lifetimes, env api.Env) (store.Backend, error) {
	switch s.store {
	case "memory":
		if s.flags.Changed("redis") || s.flags.Changed("redis-password-file") {
			return nil, usage("--redis is for --store redis, and the store is memory: add --store redis or leave out --redis")
		}
		if s.max < 1 {
			return nil, usage("--session-max %d: give the number of sessions that may be held, at least 1", s.max)
		}
		m := store.NewMemory(life.Idle, s.max, env.Now)
		env.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "authlab_sessions", Help: "Sessions held in this process, expired ones included until they are swept.",
		}, func() float64 { return float64(m.Len()) }))
		return m, nil
	case "redis":
		return s.connect(life, env)
	}
	return nil, usage("--store %q: the stores are memory and redis", s.store)
}

func (s *Scheme) connect(life store.Lifetimes, env api.Env) (store.Backend, error) {
	o, err := parseRedisURL(s.redis)
	if err != nil {
		return nil, err
	}
	if s.passwordFile != "" {
		if o.Password != "" {
			return nil, usage("the password of --redis is given twice: in the URL and by --redis-password-file")
		}
		if o.Password, err = readPassword(s.passwordFile); err != nil {
			return nil, err
		}
	}
	if s.answer < time.Millisecond {
		return nil, usage("--redis-timeout %v: Redis needs some time to answer, for example 200ms", s.answer)
	}
	o.Lifetimes, o.AnswerWithin, o.Now = life, s.answer, env.Now
	backend, err := store.NewRedis(o)
	if err != nil {
		return nil, usage("--redis: the store at %s cannot be used (%v): start it, or correct --redis", o.Address, brief(err))
	}
	return backend, nil
}

// brief is an error in few words: without the addresses that net puts around it, or Redis' advice to programmers.
func brief(err error) string {
	var op *net.OpError
	switch text := err.Error(); {
	case errors.As(err, &op):
		return op.Err.Error()
	case strings.HasPrefix(text, "NOAUTH"):
		return "it wants a password"
	case strings.HasPrefix(text, "WRONGPASS"):
		return "it refuses the password"
	default:
		return strings.ReplaceAll(text, "\n", " ")
	}
}

// parseRedisURL reads the URL. Its errors do not repeat it, for it may hold a password.
func parseRedisURL(text string) (o store.RedisOptions, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" ||
		u.RawQuery != "" || u.Fragment != "" {
		return o, usage("--redis is not of the form redis://[user:password@]host:port[/database]")
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	o.Address = net.JoinHostPort(u.Hostname(), port)
	o.Username = u.User.Username()
	o.Password, _ = u.User.Password()
	if u.Scheme == "rediss" {
		o.TLS = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	if db := strings.TrimPrefix(u.Path, "/"); db != "" {
		if o.DB, err = strconv.Atoi(db); err != nil || o.DB < 0 {
			return o, usage("--redis: the database %q is not a number", db)
		}
	}
	return o, nil
}

func readPassword(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", usage("--redis-password-file: %v", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", usage("--redis-password-file: others may read %s: chmod 600 it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", usage("--redis-password-file: %v", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" {
		return "", usage("--redis-password-file: %s is empty", path)
	}
	return password, nil
}

func usage(format string, args ...any) error {
	return api.Usage{Sentence: fmt.Sprintf(format, args...)}
}
