package token

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/redis"
)

// Scheme holds tokend's flags.
type Scheme struct {
	alg      string
	keyFile  string
	issuer   string
	audience string
	access   time.Duration
	idle     time.Duration
	absolute time.Duration
	grace    time.Duration
	leeway   time.Duration
	verified int

	padded     int
	carrier    string
	revocation string
	redis      redis.Flags
	pushLost   string
	pushMax    int
}

var _ api.Scheme = (*Scheme)(nil)

// NewScheme returns a scheme whose flags are not parsed yet.
func NewScheme() *Scheme { return &Scheme{} }

// Flags implements api.Scheme.
func (s *Scheme) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&s.alg, "alg", "HS256", "how access tokens are signed: "+known())
	fs.StringVar(&s.keyFile, "key-file", "",
		"file (mode 0600) with keys: the first signs, later ones only verify. HS256: at least 32 bytes a line, in "+
			"hexadecimal; the others: private keys in PEM (PKCS #8). On a loopback address a random key stands in")
	fs.StringVar(&s.issuer, "issuer", "authlab", "iss of access tokens, and the only one accepted")
	fs.StringVar(&s.audience, "audience", "authlab", "aud of access tokens, and the only one accepted")
	fs.DurationVar(&s.access, "access-ttl", 15*time.Minute,
		"how long an access token lasts, and so how long an ended one may still work; no longer than its login "+
			"without a refresh")
	fs.DurationVar(&s.idle, "refresh-idle", 7*24*time.Hour, "how long a login lasts without a refresh")
	fs.DurationVar(&s.absolute, "refresh-absolute", 30*24*time.Hour,
		"how long a login lasts at most, however often refreshed")
	fs.DurationVar(&s.grace, "refresh-grace", 10*time.Second,
		"how long the refresh token before the latest is answered with the latest again, for lost answers and second tabs")
	fs.DurationVar(&s.leeway, "leeway", 30*time.Second,
		"how far a replica's clock may be from the accounts database's, which dates tokens: beyond it, the replica "+
			"refuses them too early or accepts them too long, and /readyz says so")
	fs.IntVar(&s.verified, "verified-cache", 0,
		"how many verified tokens to cache by their hash (about 0.4 kB each), so that the next request with one costs no "+
			"signature; 0 caches none")
	fs.IntVar(&s.padded, "claims-bytes", 0,
		"minimum size of a token's claims in bytes, to see what large ones cost: up to 6144; 0 adds nothing to the "+
			"about 200 that are needed")
	fs.StringVar(&s.carrier, "carrier", "header",
		"how tokens travel: header (Authorization: Bearer, and the client keeps them), or cookie (one that scripts cannot "+
			"read, which renews itself)")
	fs.StringVar(&s.revocation, "revocation", "expiry",
		"when a logout, a ban or a changed role reaches access tokens: expiry (theirs), at once by denylist (every request "+
			"asks Redis), or within a second by push (every replica follows a list in Redis). A Redis that may drop keys "+
			"is refused: give it maxmemory-policy noeviction")
	s.redis.Register(fs, "--revocation denylist or push")
	fs.StringVar(&s.pushLost, "push-lost", "closed",
		"what --revocation push does while Redis is not heard: closed answers 503, open accepts what it does not know to be "+
			"revoked")
	fs.IntVar(&s.pushMax, "push-max", 250_000,
		"how many revocations --revocation push holds (about 0.2 kB each); further logouts answer 503")
}

// maxVerified is about 6 GB of verified tokens.
const maxVerified = 1 << 24

// maxClaims are 8 kB in base64url: half of what a request's header may have.
const maxClaims = 6 << 10

func known() string { return strings.Join(slices.Sorted(maps.Keys(algorithms)), ", ") }

// Open implements api.Scheme.
func (s *Scheme) Open(ctx context.Context, env api.Env) (api.Authenticator, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	keys, err := s.keys(env)
	if err != nil {
		return nil, err
	}
	way, err := s.way(env)
	if err != nil {
		return nil, err
	}
	f := &families{db: env.Accounts.DB(), access: s.access, idle: s.idle, absolute: s.absolute, grace: s.grace}
	if err := f.create(ctx); err != nil {
		return nil, fmt.Errorf("creating the table of refresh families: %w", err)
	}
	revoked, err := s.revocations(ctx, env, f)
	if err != nil {
		return nil, err
	}
	a, err := s.assemble(ctx, env, keys, way, f, revoked)
	if err != nil {
		revoked.close()
		return nil, err
	}
	if public := jwks(keys, algorithms[s.alg]); public != nil {
		return publisher{a, public}, nil
	}
	return a, nil
}

// assemble makes the Authenticator from what Open has connected to.
func (s *Scheme) assemble(
	ctx context.Context, env api.Env, keys []key, way carrier, f *families, revoked revocations,
) (*Authenticator, error) {
	v := newVerifier(algorithms[s.alg], keys, s.issuer, s.audience, s.leeway, env.Now)
	a := &Authenticator{
		verifier: v, carrier: way,
		families: f, revoked: revoked, accounts: env.Accounts, ttl: s.access, log: env.Log,
		drift: drift{db: f.db, now: env.Now},
		turns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "authlab_refresh_total", Help: "Genuine refresh tokens presented, by outcome.",
		}, []string{"outcome"}),
	}
	metrics := append(revoked.metrics(), a.turns)
	v.padded = s.padded
	if s.verified > 0 {
		v.cache = newCache(s.verified)
		metrics = append(metrics, v.cache.hits, v.cache.misses)
	}
	for _, m := range metrics {
		if err := env.Metrics.Register(m); err != nil {
			return nil, fmt.Errorf("registering metrics: %w", err)
		}
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.stop = stop
	_ = a.drift.ask(ctx) // a database that does not answer now is asked again
	a.stopped.Go(func() { a.drift.keepAsking(background) })
	a.stopped.Go(func() { f.keepSwept(background, env.Log) })
	return a, nil
}

func (s *Scheme) way(env api.Env) (carrier, error) {
	switch s.carrier {
	case "header":
		return authorization{}, nil
	case "cookie":
		secure, err := env.SecureCookies()
		if s.padded > maxCookieClaims {
			return nil, usage("--claims-bytes %d: with --carrier cookie at most %d, for browsers keep no cookie of more than "+
				"4096 bytes",
				s.padded, maxCookieClaims)
		}
		return newCookies(secure), err
	}
	return nil, usage("--carrier %q: it is header or cookie", s.carrier)
}

const (
	// maxLeeway is what --leeway may be at most.
	maxLeeway = 5 * time.Minute
	// keepSlack covers operations in progress, and the error of an estimate of Redis's time.
	keepSlack = time.Minute
)

func (s *Scheme) revocations(ctx context.Context, env api.Env, f *families) (revocations, error) {
	switch s.revocation {
	case "expiry":
		if flag := s.redis.Given(); flag != "" {
			return nil, usage("%s is for --revocation denylist or push: add that, or leave out %s", flag, flag)
		}
		return expiry{s.access + s.leeway}, nil
	case "denylist":
		l, err := s.list(f, rehearseDenylist)
		if err != nil {
			return nil, err
		}
		d := &denylist{list: l, log: env.Log}
		d.watch(ctx)
		return d, nil
	case "push":
		return s.pushed(ctx, env, f)
	}
	return nil, usage("--revocation %q: it is expiry, denylist or push", s.revocation)
}

// list connects to the Redis that stores the list.
func (s *Scheme) list(f *families, rehearsal redis.Rehearsal) (list, error) {
	client, err := s.redis.Open(rehearsal)
	if err != nil {
		return list{}, err
	}
	l := list{redis: client, families: f, access: s.access, leeway: s.leeway}
	if err := l.suitable(); err != nil {
		client.Close()
		return list{}, err
	}
	return l, nil
}

func (s *Scheme) pushed(ctx context.Context, env api.Env, f *families) (revocations, error) {
	switch {
	case s.pushLost != "open" && s.pushLost != "closed":
		return nil, usage("--push-lost %q: it is open or closed", s.pushLost)
	case s.pushMax < 1:
		return nil, usage("--push-max %d: give the number of revocations that may be held, at least 1", s.pushMax)
	}
	l, err := s.list(f, rehearsePush)
	if err != nil {
		return nil, err
	}
	p := newPushed(l, s.pushMax, env.Now, env.Log)
	p.open, p.life = s.pushLost == "open", s.access+s.leeway
	if err := p.follow(ctx); err != nil {
		l.redis.Close()
		return nil, usage("--redis: the revocations could not be read within %v: %v", pushLoad, err)
	}
	return p, nil
}

func (s *Scheme) check() error {
	_, ok := algorithms[s.alg]
	switch {
	case !ok:
		return usage("--alg %q: the algorithms are %s", s.alg, known())
	case s.issuer == "" || s.audience == "":
		return usage("--issuer and --audience must not be empty: every token is checked against them")
	case s.access < time.Second:
		return usage("--access-ttl %v: it must be at least a second", s.access)
	case s.idle < time.Second || s.absolute < s.idle:
		return usage("--refresh-idle %v and --refresh-absolute %v: both must be at least a second, idle at most absolute",
			s.idle, s.absolute)
	case s.grace < 0 || s.grace > time.Minute:
		return usage("--refresh-grace %v: it must be between 0 and a minute, since within it a stolen token goes unnoticed",
			s.grace)
	case s.leeway < 0 || s.leeway > maxLeeway:
		return usage("--leeway %v: it must be between 0 and 5 minutes, since tokens live that much longer", s.leeway)
	case s.padded < 0 || s.padded > maxClaims:
		return usage("--claims-bytes %d: it must be between 0 and %d, for a request's header has room for no more", s.padded,
			maxClaims)
	case s.verified < 0 || s.verified > maxVerified:
		return usage("--verified-cache %d: it must be between 0 and %d tokens", s.verified, maxVerified)
	}
	return nil
}

func (s *Scheme) keys(env api.Env) ([]key, error) {
	alg := algorithms[s.alg]
	if s.keyFile != "" {
		keys, err := readKeys(s.keyFile, alg)
		if err != nil {
			return nil, usage("--key-file %s: %v", s.keyFile, err)
		}
		return keys, nil
	}
	if !env.Loopback && !env.DemoUsers {
		return nil, usage("--key-file is needed on an address that others can reach: `%s` makes a key", alg.command)
	}
	env.Log.Warn("no --key-file: tokens are signed with a random key, unknown to others and gone with this process")
	return []key{alg.random()}, nil
}

func usage(format string, args ...any) error {
	return api.Usage{Sentence: fmt.Sprintf(format, args...)}
}
