package api

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// observe counts and logs. It is the outermost handler, so it sees every answer, a panic's too.
func (s *Server) observe(c *gin.Context) {
	s.metrics.inFlight.Add(1)
	began := time.Now()
	c.Next()
	status := c.Writer.Status()
	s.metrics.inFlight.Add(-1)
	s.metrics.count(c.FullPath(), status)
	if s.log.Enabled(c.Request.Context(), -4) {
		// The path as routed, not as sent: a query or an id never reaches a log.
		s.log.Debug("answered", "method", c.Request.Method, "route", c.FullPath(), "status", status, "took", time.Since(began))
	}
}

// recover turns a panic into a 500 that tells the client nothing.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.log.Error("panic", "value", fmt.Sprint(v), "stack", string(debug.Stack()))
			s.fail(c, problem(http.StatusInternalServerError, ""))
		}
	}()
	c.Next()
}

// headers sets what every answer has. Values are shared slices: assigning them costs no allocation.
func (s *Server) headers(c *gin.Context) {
	h := c.Writer.Header()
	h["X-Replica"] = s.replica
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	if s.draining.Load() {
		h["Connection"] = closing
	}
	if s.config.Demo {
		timed(c)
		return
	}
	c.Next()
}

var (
	noStore = []string{"no-store"}
	noSniff = []string{"nosniff"}
	closing = []string{"close"}
)

// crossOrigin answers browsers: CORS for the origins on the list, and a refusal of cross-site writes for all others
// (net/http's CrossOriginProtection).
func (s *Server) crossOrigin(c *gin.Context) {
	origin := c.Request.Header.Get("Origin")
	if origin != "" && slices.Contains(s.config.AllowOrigins, origin) {
		h := c.Writer.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Add("Vary", "Origin")
		if c.Request.Method == http.MethodOptions && c.GetHeader("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
			h.Set("Access-Control-Max-Age", "600")
			c.AbortWithStatus(http.StatusNoContent)
			return
		}
	}
	if err := s.sameOrigin.Check(c.Request); err != nil {
		s.fail(c, problem(http.StatusForbidden, "a page of another site sent this request"))
		return
	}
	c.Next()
}

// bounded limits a request's body and time. The hot path does without: it reads no body, and a store has timeouts of its own.
func (s *Server) bounded(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.config.Request)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxBody)
	c.Next()
}

const principalKey = "principal"

// authenticate lets only a logged-in caller through.
func (s *Server) authenticate(c *gin.Context) {
	p, err := s.auth.Authenticate(c.Writer, c.Request)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Set(principalKey, p)
	c.Next()
}

// principal is who authenticate let through.
func principal(c *gin.Context) Principal { return c.MustGet(principalKey).(Principal) }

// only lets callers of one role through.
func (s *Server) only(role user.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		if principal(c).Role != role {
			s.fail(c, problem(http.StatusForbidden, "only an "+string(role)+" may do this"))
			return
		}
		c.Next()
	}
}

// health says that this process serves, and which one it is.
func (s *Server) health(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok", "server": s.config.Server, "replica": s.config.Replica})
}

// ready says whether a balancer should send requests here: not while draining, nor while a part does not answer.
func (s *Server) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), time.Second)
	defer cancel()
	err := s.auth.Ready(ctx)
	if err == nil {
		err = s.accounts.Ping(ctx)
	}
	if s.draining.Load() {
		err = problem(http.StatusServiceUnavailable, "draining")
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ready"})
}

// timed sends Server-Timing: how long the answer took, as a browser's developer tools show it. The header must be set before
// the body is written, so it is set when the status is.
func timed(c *gin.Context) {
	c.Writer = &timingWriter{ResponseWriter: c.Writer, began: time.Now()}
	c.Next()
}

type timingWriter struct {
	gin.ResponseWriter
	began time.Time
}

func (w *timingWriter) WriteHeader(status int) {
	ms := strconv.FormatFloat(float64(time.Since(w.began).Microseconds())/1000, 'f', 3, 64)
	w.Header().Set("Server-Timing", "total;dur="+ms)
	w.ResponseWriter.WriteHeader(status)
}
