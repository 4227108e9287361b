package session

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/session/store"
)

// Scheme holds sessiond's flags.
type Scheme struct {
	store    string
	redis    redis.Flags
	codec    string
	postgres string
	answer   time.Duration
	conns    int
	idle     time.Duration
	throttle time.Duration
	absolute time.Duration
	max      int
	within   time.Duration
	remember int
	keys     string

	flags *pflag.FlagSet
}

var _ api.Scheme = (*Scheme)(nil)

// NewScheme returns a scheme whose flags are not parsed yet.
func NewScheme() *Scheme { return &Scheme{} }

// Flags implements api.Scheme.
func (s *Scheme) Flags(fs *pflag.FlagSet) {
	s.flags = fs
	fs.StringVar(&s.store, "store", "memory",
		"where sessions are stored: memory (this process only), redis (shared by all), near (redis, "+
			"and each replica caches those it has seen until Redis reports a change), postgres (shared by all), or "+
			"cookie (the whole session sealed in it: none can be ended before its time)")
	s.redis.Register(fs, "--store redis and near")
	fs.StringVar(&s.codec, "session-codec", "text",
		"how Redis stores a session: text, gob or json. Sessions stored another way are not found")
	fs.StringVar(&s.postgres, "postgres", "postgres://authlab@127.0.0.1:5432/authlab",
		"PostgreSQL of --store postgres, as postgres://user@host:port/database?passfile=PATH; every user of this "+
			"machine can see a password in it")
	fs.DurationVar(&s.answer, "postgres-timeout", time.Second, "how long PostgreSQL may take before a request answers 503")
	fs.IntVar(&s.conns, "postgres-connections", 8,
		"how many connections this replica holds to PostgreSQL; those of all replicas must fit into its max_connections")
	fs.DurationVar(&s.idle, "session-idle", 30*time.Minute, "how long a session lives without a request")
	fs.DurationVar(&s.throttle, "session-throttle", 0,
		"how often a request prolongs its session in the store: at most once in this time. An unused session "+
			"may live longer than --session-idle by this time, never shorter (default 0s; with --store near a tenth of "+
			"--session-idle)")
	fs.DurationVar(&s.absolute, "session-absolute", 12*time.Hour, "how long a session lives at most, however busy it is")
	fs.IntVar(&s.max, "session-max", 250_000,
		"how many sessions --store memory holds (about 0.5 kB each); further logins answer 503")
	fs.DurationVar(&s.within, "near-within", time.Second,
		"with --store near, how long a session that another replica ended may still work here; if Redis is silent "+
			"for that long, every request asks it")
	fs.IntVar(&s.remember, "near-max", 100_000, "how many sessions --store near caches (about 0.5 kB each)")
	fs.StringVar(&s.keys, "session-keys", "",
		"file (mode 0600) with keys of --store cookie, 64 bytes a line in hexadecimal: the first seals, later ones only "+
			"open. On a loopback address a random key stands in")
}

// stores are the kinds of store. belongs says which of them a flag is for; flags not in it are for all.
var (
	stores  = []string{"memory", "redis", "near", "postgres", "cookie"}
	belongs = []struct{ flag, stores string }{
		{"redis", "redis near"},
		{"redis-password-file", "redis near"},
		{"redis-timeout", "redis near"},
		{"postgres", "postgres"},
		{"postgres-timeout", "postgres"},
		{"postgres-connections", "postgres"},
		{"redis-pipeline", "redis"},
		{"session-codec", "redis"},
		{"session-throttle", "redis near postgres"},
		{"near-within", "near"},
		{"near-max", "near"},
		{"session-max", "memory"},
		{"session-keys", "cookie"},
	}
)

// misplaced refuses an unknown store, and flags for a store other than the chosen one.
func (s *Scheme) misplaced() error {
	if !slices.Contains(stores, s.store) {
		last := len(stores) - 1
		return usage("--store %q: the stores are %s and %s", s.store, strings.Join(stores[:last], ", "), stores[last])
	}
	for _, b := range belongs {
		if of := strings.Fields(b.stores); s.flags.Changed(b.flag) && !slices.Contains(of, s.store) {
			return usage("--%s is for --store %s, and the store is %s: add --store %s or leave out --%s",
				b.flag, strings.Join(of, " or "), s.store, of[0], b.flag)
		}
	}
	return nil
}

// Open implements api.Scheme.
func (s *Scheme) Open(ctx context.Context, env api.Env) (api.Authenticator, error) {
	if err := s.misplaced(); err != nil {
		return nil, err
	}
	life := store.Lifetimes{Idle: s.idle, Absolute: s.absolute}
	if life.Idle < time.Millisecond || life.Absolute < life.Idle {
		return nil, usage("--session-idle %v and --session-absolute %v: both must be positive, idle at most absolute",
			life.Idle, life.Absolute)
	}
	if !s.flags.Changed("session-throttle") && s.store == "near" {
		s.throttle = s.idle / 10
	}
	if s.throttle < 0 || s.throttle > s.idle {
		return nil, usage("--session-throttle %v: give at most --session-idle, which is %v", s.throttle, s.idle)
	}
	secure, err := env.SecureCookies()
	if err != nil {
		return nil, err
	}
	options := store.Options{Lifetimes: life, Secure: secure}
	if s.store == "cookie" {
		keys, err := s.sealingKeys(env)
		if err != nil {
			return nil, err
		}
		return NewSealed(SealedConfig{Keys: keys, Accounts: env.Accounts, Now: env.Now, Options: options}), nil
	}
	backend, err := s.backend(ctx, life, env)
	if err != nil {
		return nil, err
	}
	return New(Config{Backend: backend, Accounts: env.Accounts, Within: s.guarantee(), Options: options}), nil
}

func (s *Scheme) backend(ctx context.Context, life store.Lifetimes, env api.Env) (store.Backend, error) {
	switch s.store {
	case "redis":
		codec, ok := store.Codecs[s.codec]
		if !ok {
			return nil, usage("--session-codec %q: the codecs are text, gob and json", s.codec)
		}
		client, err := s.redis.Open(store.Rehearse)
		if err != nil {
			return nil, err
		}
		return store.NewRedis(client, store.RedisOptions{Lifetimes: life, Throttle: s.throttle, Codec: codec}), nil
	case "near":
		return s.near(life, env)
	case "postgres":
		return s.inPostgres(ctx, life, env)
	default:
		return s.memory(life, env)
	}
}

// guarantee is how long other replicas may miss a change.
func (s *Scheme) guarantee() time.Duration {
	if s.store == "near" {
		return s.within
	}
	return 0
}

func (s *Scheme) near(life store.Lifetimes, env api.Env) (store.Backend, error) {
	switch {
	case s.throttle < minThrottle:
		return nil, usage("--session-throttle %v: --store near needs at least %v, because a request that prolongs its "+
			"session asks Redis", s.throttle, minThrottle)
	case s.within < minWithin:
		return nil, usage("--near-within %v: give Redis at least %v to report changes", s.within, minWithin)
	case s.remember < 1:
		return nil, usage("--near-max %d: give the number of sessions to cache, at least 1", s.remember)
	}
	connect := func(t redis.Tracker) (*redis.Client, error) { return s.redis.Track(t, store.Rehearse) }
	n, err := store.OpenNear(connect, store.NearOptions{
		RedisOptions: store.RedisOptions{Lifetimes: life, Throttle: s.throttle},
		Within:       s.within, Max: s.remember, Now: env.Now, Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	env.Metrics.MustRegister(n.Metrics()...)
	return n, nil
}

func (s *Scheme) inPostgres(ctx context.Context, life store.Lifetimes, env api.Env) (store.Backend, error) {
	if s.answer < time.Millisecond {
		return nil, usage("--postgres-timeout %v: PostgreSQL needs some time to answer, for example 1s", s.answer)
	}
	if s.conns < 1 || s.conns > mostConns {
		return nil, usage("--postgres-connections %d: give the number of connections, 1 to %d", s.conns,
			mostConns)
	}
	p, err := store.OpenPostgres(ctx, store.PostgresOptions{
		URL: s.postgres, AnswerWithin: s.answer, Connections: s.conns, Lifetimes: life, Throttle: s.throttle,
	})
	if err != nil {
		return nil, usage("--postgres: %v; start it, or correct --postgres or --postgres-connections", err)
	}
	return p, nil
}

// mostConns is more than any PostgreSQL benefits from: each connection is a process there.
const mostConns = 1000

// The minimums of a near cache: a round trip must be short against either.
const (
	minThrottle = 10 * time.Millisecond
	minWithin   = 100 * time.Millisecond
)

func (s *Scheme) memory(life store.Lifetimes, env api.Env) (store.Backend, error) {
	if s.max < 1 {
		return nil, usage("--session-max %d: give the number of sessions, at least 1", s.max)
	}
	m := store.NewMemory(life, s.max, env.Now)
	env.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "authlab_sessions", Help: "Sessions in this process, including expired ones until they are swept.",
	}, func() float64 { return float64(m.Len()) }))
	return m, nil
}

func usage(format string, args ...any) error {
	return api.Usage{Sentence: fmt.Sprintf(format, args...)}
}
