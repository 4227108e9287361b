package session

import (
	"cmp"
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
	within   time.Duration
	remember int

	flags *pflag.FlagSet
}

var _ api.Scheme = (*Scheme)(nil)

// NewScheme returns a scheme whose flags are not parsed yet.
func NewScheme() *Scheme { return &Scheme{} }

// Flags implements api.Scheme.
func (s *Scheme) Flags(fs *pflag.FlagSet) {
	s.flags = fs
	fs.StringVar(&s.store, "store", "memory",
		"where sessions live: memory (this process; other replicas do not know them), redis (shared by all), or near (redis, "+
			"and each replica remembers those it has seen until Redis says that they changed)")
	s.redis.Register(fs, "--store redis and near")
	fs.DurationVar(&s.idle, "session-idle", 30*time.Minute, "how long a session lives without a request")
	fs.DurationVar(&s.throttle, "session-throttle", 0,
		"how often a request prolongs its session in Redis: not again before so long has passed. An unused session may live "+
			"longer than --session-idle by as much, none shorter (default 0s; with --store near a tenth of --session-idle)")
	fs.DurationVar(&s.absolute, "session-absolute", 12*time.Hour, "how long a session lives at most, however busy it is")
	fs.IntVar(&s.max, "session-max", 250_000,
		"how many sessions --store memory holds (about 0.5 kB each); logins beyond that answer 503")
	fs.DurationVar(&s.within, "near-within", time.Second,
		"with --store near, how long a session that another replica ended may go on here; without a sign of life from Redis "+
			"for so long every request asks it")
	fs.IntVar(&s.remember, "near-max", 100_000, "how many sessions --store near remembers (about 0.5 kB each)")
}

// Open implements api.Scheme.
func (s *Scheme) Open(_ context.Context, env api.Env) (api.Authenticator, error) {
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
	backend, err := s.backend(life, env)
	if err != nil {
		return nil, err
	}
	return New(Config{
		Backend: backend, Accounts: env.Accounts, Within: s.guarantee(),
		Options: store.Options{Lifetimes: life, Secure: secure, Now: env.Now},
	}), nil
}

func (s *Scheme) backend(life store.Lifetimes, env api.Env) (store.Backend, error) {
	switch s.store {
	case "memory":
		return s.memory(life, env)
	case "redis":
		if name := s.given("near-within", "near-max"); name != "" {
			return nil, usage("%s is for --store near, and the store is redis: change --store or leave out %s", name, name)
		}
		client, err := s.redis.Open()
		if err != nil {
			return nil, err
		}
		return store.NewRedis(client, store.RedisOptions{Lifetimes: life, Throttle: s.throttle, Now: env.Now}), nil
	case "near":
		return s.near(life, env)
	}
	return nil, usage("--store %q: the stores are memory, redis and near", s.store)
}

// guarantee is how long a change may go unheard on other replicas.
func (s *Scheme) guarantee() time.Duration {
	if s.store == "near" {
		return s.within
	}
	return 0
}

func (s *Scheme) near(life store.Lifetimes, env api.Env) (store.Backend, error) {
	switch {
	case s.throttle < minThrottle:
		return nil, usage("--session-throttle %v: --store near needs at least %v, for a request that prolongs its session asks Redis",
			s.throttle, minThrottle)
	case s.within < minWithin:
		return nil, usage("--near-within %v: give Redis at least %v to tell what changed", s.within, minWithin)
	case s.remember < 1:
		return nil, usage("--near-max %d: give the number of sessions that may be remembered, at least 1", s.remember)
	}
	n, err := store.OpenNear(s.redis.Track, store.NearOptions{
		RedisOptions: store.RedisOptions{Lifetimes: life, Throttle: s.throttle, Now: env.Now},
		Within:       s.within, Max: s.remember, Log: env.Log,
	})
	if err != nil {
		return nil, err
	}
	env.Metrics.MustRegister(n.Metrics()...)
	return n, nil
}

// What a near cache needs at least: a round trip must be short beside either.
const (
	minThrottle = 10 * time.Millisecond
	minWithin   = 100 * time.Millisecond
)

func (s *Scheme) memory(life store.Lifetimes, env api.Env) (store.Backend, error) {
	if name := cmp.Or(s.redis.Given(), s.given("session-throttle", "near-within", "near-max")); name != "" {
		return nil, usage("%s is for Redis, and the store is memory: add --store redis (or near) or leave out %s", name, name)
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

// given names the first of the flags that was set, "" if none was.
func (s *Scheme) given(names ...string) string {
	for _, name := range names {
		if s.flags.Changed(name) {
			return "--" + name
		}
	}
	return ""
}

func usage(format string, args ...any) error {
	return api.Usage{Sentence: fmt.Sprintf(format, args...)}
}
