package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/pflag"

	"authlab/servers/api/program"
	"authlab/servers/user"
)

// Scheme builds an Authenticator from command-line flags. A server's main turns it into a Program.
type Scheme interface {
	// Flags registers the scheme's own flags, each with a sentence of help.
	Flags(fs *pflag.FlagSet)
	// Open checks the flags and connects to what the scheme needs. A misconfiguration is an error of one sentence that
	// says what to do; the server then refuses to start with exit code 2.
	Open(ctx context.Context, env Env) (Authenticator, error)
}

// Env is what a scheme may use of the server around it.
type Env struct {
	Accounts *user.Accounts
	// Loopback is true when the server listens on a loopback address only, where cookies may do without Secure.
	Loopback bool
	// InsecureCookies and Proxied are for SecureCookies: --insecure-cookies was given, --trusted-proxies names a proxy.
	InsecureCookies, Proxied bool
	// DemoUsers is true when the well-known demonstration accounts exist.
	DemoUsers bool
	// Now is the clock of credentials: time.Now, or a test's.
	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// SecureCookies tells a scheme that uses cookies whether they must be Secure. Secure cookies need TLS, which a proxy
// terminates. If no proxy is named, browsers would never send them back, and the error says so.
func (e Env) SecureCookies() (bool, error) {
	switch {
	case e.Loopback || e.InsecureCookies:
		return false, nil
	case e.Proxied:
		return true, nil
	}
	return false, Usage{Sentence: "cookies on a non-loopback address need TLS: " +
		"name the proxy that terminates it with --trusted-proxies, or add --insecure-cookies"}
}

// Usage marks a misconfiguration: the program prints the sentence and exits with code 2 instead of 1.
type Usage = program.Usage

// Unavailable is an ErrUnavailable with a reason for the client, where the usual sentence says too little, as for
// /readyz.
func Unavailable(detail string) error {
	p := problem(http.StatusServiceUnavailable, detail)
	p.retryAfter = 1
	return fmt.Errorf("%w: %w", ErrUnavailable, p)
}
