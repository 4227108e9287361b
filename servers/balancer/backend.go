package balancer

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// backend is one replica. All frontends share its fields.
type backend struct {
	name     string // opaque, in the sticky cookie: it does not reveal the address
	host     string
	down     atomic.Bool
	inFlight atomic.Int64 // requests sent to it and not completely answered
}

func newBackend(i int, host string) *backend {
	return &backend{name: "r" + strconv.Itoa(i), host: host}
}

// watch checks a backend until ctx ends. A replica counts as up until it fails.
func (b *Balancer) watch(ctx context.Context, to *backend) {
	once := &http.Transport{DisableKeepAlives: true}
	within := min(2*time.Second, b.config.CheckInterval)
	ticker := time.NewTicker(b.config.CheckInterval)
	defer ticker.Stop()
	for {
		up := check(ctx, once, within, "http://"+to.host+b.config.CheckPath)
		if ctx.Err() != nil {
			return
		}
		if to.down.Swap(!up) == up {
			b.config.Log.Warn("health check", "replica", to.name, "up", up)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// check reports whether a replica itself answers 200: a RoundTripper follows no redirect to another server.
func check(ctx context.Context, to http.RoundTripper, within time.Duration, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := to.RoundTrip(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	return answer.StatusCode == http.StatusOK
}

// rotation chooses among the backends of one frontend.
type rotation struct {
	backends []*backend
	policy   Policy
	next     atomic.Uint64
}

// pick chooses an untried backend: one that is up, or any if none is. It returns nil when all were tried. wanted is the
// name in a client's cookie; where none is up, that one may still know the client.
func (r *rotation) pick(wanted string, tried map[*backend]bool) *backend {
	var own *backend
	if r.policy == Sticky && wanted != "" {
		for _, b := range r.backends {
			if b.name == wanted && !tried[b] {
				own = b
			}
		}
	}
	if own != nil && !own.down.Load() {
		return own
	}
	best := r.rotate(tried)
	if own != nil && best.down.Load() {
		return own
	}
	return best
}

// rotate chooses the next by the policy.
func (r *rotation) rotate(tried map[*backend]bool) *backend {
	first := r.next.Add(1)
	var best *backend
	for i := range r.backends {
		b := r.backends[(first+uint64(i))%uint64(len(r.backends))]
		switch {
		case tried[b]:
		case best == nil, best.down.Load() && !b.down.Load():
			best = b
		case r.policy == LeastConnections && !b.down.Load() && b.inFlight.Load() < best.inFlight.Load():
			best = b
		}
		if r.policy != LeastConnections && best != nil && !best.down.Load() {
			break
		}
	}
	return best
}
