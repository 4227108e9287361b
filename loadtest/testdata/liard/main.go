// Liard is sessiond with a lie in it, chosen when it is linked: -ldflags "-X main.lie=cache". The lab must catch each.
package main

import (
	"context"
	"net/http"
	"os"
	"sync"

	"authlab/servers/api"
	"authlab/servers/session"
)

var lie string

func main() { os.Exit(api.Main("sessiond", "127.0.0.1:8080", liar{session.NewScheme()})) }

// liar is the session scheme with a lie around its authenticator.
type liar struct{ *session.Scheme }

// Open implements api.Scheme.
func (l liar) Open(ctx context.Context, env api.Env) (api.Authenticator, error) {
	a, err := l.Scheme.Open(ctx, env)
	if err != nil {
		return nil, err
	}
	switch lie {
	case "cache":
		return &cache{Authenticator: a}, nil
	default:
		return nil, api.Usage{Sentence: "there is no lie " + lie}
	}
}

// cache asks about each credential once, and believes it ever after.
type cache struct {
	api.Authenticator
	known sync.Map // Cookie header -> api.Principal
}

// Authenticate implements api.Authenticator.
func (c *cache) Authenticate(w http.ResponseWriter, r *http.Request) (api.Principal, error) {
	sent := r.Header.Get("Cookie")
	if p, ok := c.known.Load(sent); ok {
		return p.(api.Principal), nil
	}
	p, err := c.Authenticator.Authenticate(w, r)
	if err == nil {
		c.known.Store(sent, p)
	}
	return p, err
}
