package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"authlab/servers/api"
	"authlab/servers/user"
)

// scheme is peerd's flags.
type scheme struct {
	library, redis, passwordFile, keyFile string
	access, leeway                        time.Duration
}

// peers opens each library's Authenticator.
var peers = map[string]func(scheme, api.Env) (api.Authenticator, error){
	"redisstore": openRedisstore,
	"redistore":  openRedistore,
	"scs":        openSCS,
	"gin-jwt":    openGinJWT,
	"jwx":        openJWX,
}

// Flags implements api.Scheme.
func (s *scheme) Flags(fs *pflag.FlagSet) {
	fs.StringVar(&s.library, "library", "", "whose way to authenticate: "+names())
	fs.StringVar(&s.redis, "redis", "redis://127.0.0.1:6379", "Redis of the session libraries, as redis://host:port")
	fs.StringVar(&s.passwordFile, "redis-password-file", "", "file with the password of --redis")
	fs.StringVar(&s.keyFile, "key-file", "", "file with the token libraries' key, 32 bytes in hexadecimal")
	fs.DurationVar(&s.access, "access-ttl", 15*time.Minute, "how long an access token lasts")
	fs.DurationVar(&s.leeway, "leeway", 30*time.Second, "how far the clocks of replicas may be apart")
}

func names() string { return strings.Join(slices.Sorted(maps.Keys(peers)), ", ") }

// Open implements api.Scheme.
func (s *scheme) Open(_ context.Context, env api.Env) (api.Authenticator, error) {
	open, ok := peers[s.library]
	if !ok {
		return nil, usage("--library %q: the libraries are %s", s.library, names())
	}
	return open(*s, env)
}

// store is the address and the password of --redis.
func (s *scheme) store() (address, password string, err error) {
	u, err := url.Parse(s.redis)
	if err != nil || u.Scheme != "redis" || u.Port() == "" {
		return "", "", usage("--redis is not of the form redis://host:port")
	}
	if s.passwordFile != "" {
		text, err := os.ReadFile(s.passwordFile)
		if err != nil {
			return "", "", usage("--redis-password-file: %v", err)
		}
		password = strings.TrimSpace(string(text))
	}
	return u.Host, password, nil
}

// key is the key of --key-file.
func (s *scheme) key() ([]byte, error) {
	text, err := os.ReadFile(s.keyFile)
	if err != nil {
		return nil, usage("--key-file: %v", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < 32 {
		return nil, usage("--key-file %s does not hold 32 bytes in hexadecimal", s.keyFile)
	}
	return key, nil
}

func usage(format string, args ...any) error {
	return api.Usage{Sentence: fmt.Sprintf(format, args...)}
}

// measured is what all peers lack: whatever a bench of GET /v1/me never asks.
type measured struct{}

var errNotMeasured = fmt.Errorf("%w: a peer has only what is measured", api.ErrUnavailable)

func (measured) EndUser(context.Context, string, string) error    { return errNotMeasured }
func (measured) SetRole(context.Context, string, user.Role) error { return errNotMeasured }
func (measured) EffectiveWithin() time.Duration                   { return 0 }
func (measured) Ready(context.Context) error                      { return nil }
func (measured) Close() error                                     { return nil }

// principal is who values name: what every peer keeps of a login.
func principal(value func(key string) string) (api.Principal, error) {
	p := api.Principal{ID: value("id"), Name: value("name"), Role: user.Role(value("role"))}
	if p.ID == "" {
		return api.Principal{}, api.ErrUnauthenticated
	}
	return p, nil
}

func of(u user.User) api.Principal { return api.Principal{ID: u.ID, Name: u.Name, Role: u.Role} }
