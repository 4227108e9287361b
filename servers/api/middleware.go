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

// around does what every answer of a route needs: it counts the answer, sets its headers, reads the request's body, and
// stops panics and requests from other sites' pages. One handler does all of it, since the hot path pays for each
// handler.
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
		// Log the path as routed, not as sent: neither a query nor an id reaches the log.
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

// setHeaders sets the headers of every answer. Values are shared slices: assigning them costs no allocation.
func (s *Server) setHeaders(h http.Header) {
	h["X-Replica"] = s.replica
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	if len(s.config.AllowOrigins) > 0 {
		h["Vary"] = varyOrigin
	}
	if s.draining.Load() {
		h["Connection"] = closing // clients with open connections leave in time, without losing an answer
	}
}

var (
	noStore    = []string{"no-store"}
	noSniff    = []string{"nosniff"}
	closing    = []string{"close"}
	varyOrigin = []string{"Origin"}
)

// allowed answers browsers: CORS for the origins on the list, and net/http's CrossOriginProtection against writes from
// all other sites. It reports whether the request continues.
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

// bounded limits the time of a request's work, which begins once the request is complete.
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

// principal returns the caller whom authenticate let through.
func principal(c *gin.Context) Principal { return c.MustGet(principalKey).(Principal) }

// only lets callers of one role through, according to their credential.
func (s *Server) only(role user.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		if principal(c).Role != role {
			s.fail(c, errNotAdmin)
			return
		}
		c.Next()
	}
}

// entitled lets a caller through if the account may do this now, whatever the credential says. A scheme's guarantee may
// allow a credential for a while after a ban or a demotion. That is meant for reading one's own data. Lasting changes,
// and reading about others, cannot be undone when the news arrives, so they ask the accounts.
//
// This is the accounts' answer a moment ago. If the act is in their database too, they decide again in the same
// transaction.
func (s *Server) entitled(role user.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := s.accounts.May(c.Request.Context(), s.actor(c), role); err != nil {
			s.fail(c, err)
			return
		}
		c.Next()
	}
}

// actor returns the caller as the accounts know it.
func (s *Server) actor(c *gin.Context) user.Actor {
	if _, ok := s.auth.(Believer); ok {
		return user.Trusted
	}
	return user.As(principal(c).ID)
}
