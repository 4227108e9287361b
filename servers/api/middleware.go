package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// around is what every answer of a route has: it is counted, its headers are set, its request's body is here, and
// neither a panic nor another site's page gets further. One handler does all of it, since the hot path pays for each.
func (s *Server) around(route string) gin.HandlerFunc {
	counts := s.metrics.route(route)
	debugging := s.log.Enabled(context.Background(), slog.LevelDebug)
	return func(c *gin.Context) {
		s.metrics.inFlight.Add(1)
		counts.presence.enter()
		defer s.finish(c, counts)
		s.setHeaders(c.Writer.Header())
		if s.config.Demo {
			timed(c)
		}
		if !s.received(c) || !s.allowed(c) {
			return
		}
		if !debugging {
			c.Next()
			return
		}
		began := time.Now()
		c.Next()
		// The path as routed, not as sent: neither a query nor an id reaches the log.
		s.log.Debug("answered", "method", c.Request.Method, "route", route, "status", c.Writer.Status(),
			"took", time.Since(began))
	}
}

// finish is deferred. It turns a panic into a 500 that tells the client nothing.
func (s *Server) finish(c *gin.Context, counts *counts) {
	defer s.metrics.inFlight.Add(-1)
	defer counts.presence.leave()
	v := recover()
	if v == nil {
		counts.add(c.Writer.Status())
		return
	}
	counts.add(http.StatusInternalServerError)
	if v != http.ErrAbortHandler {
		s.log.Error("panic", "value", redact(fmt.Sprint(v)), "stack", string(debug.Stack()))
	}
	if v == http.ErrAbortHandler || c.Writer.Written() {
		panic(http.ErrAbortHandler) // half an answer is out: cutting the connection is the honest end
	}
	s.fail(c, problem(http.StatusInternalServerError, ""))
}

// setHeaders sets what every answer has. Values are shared slices: assigning them costs no allocation.
func (s *Server) setHeaders(h http.Header) {
	h["X-Replica"] = s.replica
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	if len(s.config.AllowOrigins) > 0 {
		h["Vary"] = varyOrigin
	}
	if s.draining.Load() {
		h["Connection"] = closing // clients with open connections leave before the end, without losing an answer
	}
}

var (
	noStore    = []string{"no-store"}
	noSniff    = []string{"nosniff"}
	closing    = []string{"close"}
	varyOrigin = []string{"Origin"}
)

// allowed answers browsers: CORS for the origins on the list, and a refusal of all other sites' writes by net/http's
// CrossOriginProtection. It reports whether the request goes on.
func (s *Server) allowed(c *gin.Context) bool {
	if origin := c.Request.Header["Origin"]; len(origin) == 1 && slices.Contains(s.config.AllowOrigins, origin[0]) {
		h := c.Writer.Header()
		h.Set("Access-Control-Allow-Origin", origin[0])
		h.Set("Access-Control-Allow-Credentials", "true")
		if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			h.Set("Access-Control-Max-Age", "600")
			c.AbortWithStatus(http.StatusNoContent)
			return false
		}
		h.Set("Access-Control-Expose-Headers", "Authlab-Effective-Within, Retry-After, Server-Timing, X-Replica")
	}
	if err := s.sameOrigin.Check(c.Request); err != nil {
		s.fail(c, problem(http.StatusForbidden, "a page of another site sent this request"))
		return false
	}
	return true
}

// bounded limits the time of a request's work, which begins when the request is here whole.
func (s *Server) bounded(c *gin.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), s.config.Request)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

const principalKey = "principal"

// authenticate lets only a logged-in caller through.
func (s *Server) authenticate(c *gin.Context) {
	p, err := s.who(c)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Set(principalKey, p)
	c.Next()
}

// who asks the scheme who sent the request.
func (s *Server) who(c *gin.Context) (Principal, error) {
	if s.config.Demo {
		defer timingOf(c.Request.Context()).spend(authTime, time.Now())
	}
	return s.auth.Authenticate(c.Writer, c.Request)
}

// principal is who authenticate let through.
func principal(c *gin.Context) Principal { return c.MustGet(principalKey).(Principal) }

// only lets callers of one role through, by what their credential says.
func (s *Server) only(role user.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		if principal(c).Role != role {
			s.fail(c, errNotAdmin)
			return
		}
		c.Next()
	}
}

// entitled lets a caller through whose account may do this now, whatever the credential remembers. A credential may be
// honoured for a while after a ban or a demotion, by the guarantee of its scheme. That is for reading what is one's
// own. What lasts, and what tells about others, cannot be taken back when the news arrives, so it asks the accounts.
//
// It is the answer of the accounts a moment ago. Where the act is in their database as well, they decide again in the
// same transaction.
func (s *Server) entitled(role user.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := s.accounts.May(c.Request.Context(), s.actor(c), role); err != nil {
			s.fail(c, err)
			return
		}
		c.Next()
	}
}

// actor is the caller as the accounts know them.
func (s *Server) actor(c *gin.Context) user.Actor {
	if _, ok := s.auth.(Believer); ok {
		return user.Trusted
	}
	return user.As(principal(c).ID)
}
