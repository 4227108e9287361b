package session

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/redis"
	"authlab/servers/session/store"
)

// Scheme is sessiond's flags.
type Scheme struct {
	store    string
	redis    redis.Flags
	idle     time.Duration
	throttle time.Duration
	absolute time.Duration
	max      int

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
	s.redis.Register(fs, "--store redis")
	fs.DurationVar(&s.idle, "session-idle", 30*time.Minute, "how long a session lives without a request")
	fs.DurationVar(&s.throttle, "session-throttle", 0,
		"with --store redis, how often a request prolongs its session in the store: not again before so long has passed. "+
			"An unused session may live longer than --session-idle by as much, none shorter (default with every request)")
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
	if s.throttle < 0 || s.throttle > s.idle {
		return nil, usage("--session-throttle %v: give at most --session-idle, which is %v", s.throttle, s.idle)
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
		return s.memory(life, env)
	case "redis":
		client, err := s.redis.Open()
		if err != nil {
			return nil, err
		}
		return store.NewRedis(client, store.RedisOptions{Lifetimes: life, Throttle: s.throttle, Now: env.Now}), nil
	}
	return nil, usage("--store %q: the stores are memory and redis", s.store)
}

func (s *Scheme) memory(life store.Lifetimes, env api.Env) (store.Backend, error) {
	given := s.redis.Given()
	if given == "" && s.flags.Changed("session-throttle") {
		given = "--session-throttle"
	}
	if given != "" {
		return nil, usage("%s is for --store redis, and the store is memory: add --store redis or leave out %s", given, given)
	}
	if s.max < 1 {
		return nil, usage("--session-max %d: give the number of sessions that may be held, at least 1", s.max)
	}
	m := store.NewMemory(life.Idle, s.max, env.Now)
	env.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "authlab_sessions", Help: "Sessions held in this process, expired ones included until they are swept.",
	}, func() float64 { return float64(m.Len()) }))
	return m, nil
}

func usage(format string, args ...any) error {
	return api.Usage{Sentence: fmt.Sprintf(format, args...)}
}
