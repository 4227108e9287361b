package api

import (
	"context"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
)

// ready says whether a balancer should send requests here: not during a drain, nor while the scheme cannot
// authenticate. The accounts do not count: all replicas share them, and existing logins work without them.
func (s *Server) ready(c *gin.Context) (gin.H, error) {
	if s.draining.Load() {
		draining := problem(http.StatusServiceUnavailable, "draining")
		draining.retryAfter = 1
		return nil, draining
	}
	err := s.readiness.ask(c.Request.Context(), s.auth.Ready)
	answer := gin.H{"status": "ready"}
	if w, ok := s.auth.(Weakener); ok {
		if what := w.Weakened(); what != "" {
			answer["weakened"] = what
		}
	}
	return answer, err
}

// readiness lets simultaneous callers share an answer: it costs the store some work, and any client may ask.
type readiness struct {
	mu  sync.Mutex
	now *asking
}

// asking is a check in progress. Its answer is there once done is closed.
type asking struct {
	done chan struct{}
	err  error
}

// ask starts a check, or waits for the one in progress. The check continues when its first caller has left.
func (r *readiness) ask(ctx context.Context, ready func(context.Context) error) error {
	r.mu.Lock()
	if a := r.now; a != nil {
		r.mu.Unlock()
		select {
		case <-a.done:
			return a.err
		case <-ctx.Done():
			return errUnasked
		}
	}
	a := &asking{done: make(chan struct{}), err: errUnasked}
	r.now = a
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.now = nil
		r.mu.Unlock()
		close(a.done)
	}()
	a.err = ready(context.WithoutCancel(ctx))
	return a.err
}

var errUnasked = Unavailable("it is not known whether this replica is ready")
