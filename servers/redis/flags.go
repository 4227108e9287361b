package redis

import (
	"bytes"
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

	"github.com/spf13/pflag"

	"authlab/keyfile"
	"authlab/servers/api"
)

// Flags are the flags that say where the Redis is, the same in all programs that have one.
type Flags struct {
	url          string
	passwordFile string
	answer       time.Duration
	pipeline     bool
	set          *pflag.FlagSet
}

// Register registers the flags; for says what the Redis is for.
func (f *Flags) Register(fs *pflag.FlagSet, purpose string) {
	f.set = fs
	fs.StringVar(&f.url, "redis", "redis://127.0.0.1:6390",
		"Redis of "+purpose+", as redis://[user:password@]host:port[/database], or rediss:// for TLS")
	fs.StringVar(&f.passwordFile, "redis-password-file", "",
		"file (mode 0600) with the password of --redis; every user of this machine can see one in the URL")
	fs.BoolVar(&f.pipeline, "redis-pipeline", true,
		"send the commands of concurrent requests over one connection; false gives each its own from a pool")
	fs.DurationVar(&f.answer, "redis-timeout", AnswerWithin, "how long Redis may take before a request answers 503")
}

// Given names a flag that was set, or "".
func (f *Flags) Given() string {
	for _, name := range []string{"redis", "redis-password-file", "redis-pipeline", "redis-timeout"} {
		if f.set.Changed(name) {
			return "--" + name
		}
	}
	return ""
}

// Open connects to the Redis that the flags name, and rehearses. Every error is an api.Usage, and none shows a
// password.
func (f *Flags) Open(r Rehearsal) (*Client, error) { return f.Track(nil, r) }

// Track is Open with a Tracker that is told of changes.
func (f *Flags) Track(t Tracker, r Rehearsal) (*Client, error) {
	o, err := f.options()
	if err != nil {
		return nil, api.Usage{Sentence: err.Error()}
	}
	if o.Plain = !f.pipeline; o.Plain && t != nil {
		return nil, api.Usage{Sentence: "--redis-pipeline=false: Redis tells what changes down the one connection: leave " +
			"it out"}
	}
	o.Tracker, o.Rehearsal = t, r
	c, err := patiently(o)
	if err != nil {
		return nil, api.Usage{Sentence: "--redis: the Redis at " + o.Address + " " + refusal(err)}
	}
	return c, nil
}

// patience is how late a Redis may be when a server starts. A request does not wait for it, and gets 503; a server that
// ended for the same reason would be an outage of its own.
var patience = 2 * time.Second

// patiently retries Open while the Redis is reachable but late.
func patiently(o Options) (*Client, error) {
	for began := time.Now(); ; time.Sleep(o.AnswerWithin / 4) {
		c, err := Open(o)
		if err == nil || !isLate(err) || time.Since(began) > patience {
			return c, err
		}
	}
}

// isLate reports whether Redis failed to answer in time, rather than answered with an error.
func isLate(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

// refusal says why a Redis cannot be used, and what to do.
func refusal(err error) string {
	said := brief(err)
	switch word := code(err); {
	case errors.Is(err, ErrNoTracking):
		return "cannot report changes (CLIENT TRACKING, since Redis 6): name a Redis that can, or use no near cache"
	case word == "READONLY" || word == "MASTERDOWN":
		return "is a read-only replica: name its master"
	case cluster[word]:
		return "is in cluster mode (" + word + "): name one that is not: here one command needs two keys, which lie on " +
			"different nodes there"
	case word == "NOPERM":
		return "refuses a needed command (" + said + "): name a user with all rights to keys that begin with authlab:"
	case word == "LOADING":
		return "is still reading its data: start this server when it is done"
	case word == "NOREPLICAS":
		return "takes no writes without its replicas: start them, or correct its min-replicas-to-write"
	case word == "MISCONF":
		return "takes no writes, because it cannot save to its disk: free disk space, or correct its save"
	case word != "" && strings.Contains(strings.ToLower(said), "unknown"):
		return "does not know a needed command (" + said + "): name a Redis of version 6.2 or later"
	}
	return "cannot be used (" + said + "): start it, or correct --redis"
}

func (f *Flags) options() (o Options, err error) {
	if o, err = Parse(f.url); err != nil {
		return o, err
	}
	if f.answer < time.Millisecond {
		return o, fmt.Errorf("--redis-timeout %v: Redis needs some time to answer, for example 200ms", f.answer)
	}
	o.AnswerWithin = f.answer
	if f.passwordFile == "" {
		return o, nil
	}
	if o.Password != "" {
		return o, errors.New("the password of --redis is given twice: in the URL and by --redis-password-file")
	}
	text, err := keyfile.Read(f.passwordFile)
	if err != nil {
		return o, fmt.Errorf("--redis-password-file: %w", err)
	}
	if o.Password = string(bytes.TrimRight(keyfile.Unmarked(text), "\r\n")); o.Password == "" {
		return o, fmt.Errorf("--redis-password-file: %s is empty", f.passwordFile)
	}
	return o, nil
}

// Parse reads a URL. Its error does not repeat the URL, which may hold a password.
func Parse(text string) (o Options, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" || u.RawQuery != "" ||
		u.Fragment != "" {
		return o, errors.New("--redis is not of the form redis://[user:password@]host:port[/database]")
	}
	port := u.Port()
	if port == "" {
		port = "6379"
	}
	o.Address, o.Username = net.JoinHostPort(u.Hostname(), port), u.User.Username()
	o.Password, _ = u.User.Password()
	if u.Scheme == "rediss" {
		o.TLS = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	}
	if db := strings.TrimPrefix(u.Path, "/"); db != "" {
		if o.DB, err = strconv.Atoi(db); err != nil || o.DB < 0 {
			return o, errors.New("--redis: the database is not a number")
		}
	}
	return o, nil
}

// brief shortens an error: without the addresses that net puts around it, or Redis's advice to programmers.
func brief(err error) string {
	var op *net.OpError
	switch text := err.Error(); {
	case errors.As(err, &op):
		return op.Err.Error()
	case strings.HasPrefix(text, "NOAUTH"):
		return "it requires a password"
	case strings.HasPrefix(text, "WRONGPASS"):
		return "it rejects the password"
	default:
		return strings.ReplaceAll(text, "\n", " ")
	}
}
