package api

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// route is one call of the API. guards run before handle.
type route struct {
	method, path string
	guards       []gin.HandlerFunc
	handle       gin.HandlerFunc
}

// table is the whole API. What GET can read, HEAD can too: it is GET without a body (RFC 9110 section 9.3.2), which
// net/http leaves out.
func (s *Server) table() []route {
	bounded := []gin.HandlerFunc{s.bounded}
	renewing := []gin.HandlerFunc{s.bounded, s.optional}
	mine := []gin.HandlerFunc{s.bounded, s.authenticate}
	lasting := []gin.HandlerFunc{s.bounded, s.authenticate, s.entitled(user.RoleUser)}
	admin := []gin.HandlerFunc{s.bounded, s.authenticate, s.only(user.RoleAdmin), s.entitled(user.RoleAdmin)}
	routes := []route{
		// The hot path stands alone: no body, no timer, only authentication. The scheme's dependencies have timeouts of their
		// own.
		{"GET", "/v1/me", nil, s.me},

		{"POST", "/v1/login", bounded, answerTo(s, s.login)},
		{"POST", "/v1/logout", renewing, change(s, s.logout)},
		{"POST", "/v1/refresh", renewing, answer(s, s.refresh)},

		// Ending one's own logins needs no right: a victim of theft does it. It works while the accounts are down, if the
		// logins are stored elsewhere.
		{"POST", "/v1/logout-all", append(mine, s.optional), change(s, s.logoutAll)},
		{"GET", "/v1/sessions", mine, answer(s, s.devices)},
		{"DELETE", "/v1/sessions/:id", mine, change(s, s.endDevice)},
		{"GET", "/v1/balance", mine, answer(s, s.balance)},
		{"POST", "/v1/transfers", lasting, answerTo(s, s.transfer)},
		{"PUT", "/v1/password", lasting, changeTo(s, s.password)},

		{"GET", "/v1/admin/users", admin, answer(s, s.users)},
		{"PUT", "/v1/admin/users/:id/role", admin, changeTo(s, s.role)},
		{"POST", "/v1/admin/users/:id/disable", admin, change(s, s.disable)},
		{"DELETE", "/v1/admin/users/:id/sessions", admin, change(s, s.endUser)},

		{"GET", "/healthz", nil, answer(s, s.health)},
		{"GET", "/readyz", bounded, answer(s, s.ready)},
		{"GET", "/metrics", bounded, gin.WrapH(s.metrics.handler)},
		{"GET", "/.well-known/jwks.json", nil, s.jwks},
	}
	for _, r := range routes {
		if r.method == http.MethodGet {
			r.method = http.MethodHead
			routes = append(routes, r)
		}
	}
	return routes
}

// routes makes the handler of the table.
func (s *Server) routes() (http.Handler, error) {
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	// Match routes against the path as it was sent. A proxy in front of this server decides by the same text, and
	// /v1%2Fadmin must not be /v1/admin to only one of the two.
	e.UseRawPath = true
	if err := e.SetTrustedProxies(nil); err != nil { // gin trusts every proxy by default; client reads addresses here
		return nil, fmt.Errorf("setting up the routes: %w", err)
	}
	for _, r := range s.table() {
		chain := []gin.HandlerFunc{s.around(r.path)}
		if strings.Contains(r.path, ":") {
			chain = append(chain, s.canonical)
		}
		e.Handle(r.method, r.path, append(append(chain, r.guards...), r.handle)...)
	}
	// All unknown paths count as one route, so that strangers cannot make the metrics grow.
	e.NoRoute(s.around("none"), func(c *gin.Context) { s.fail(c, errNoRoute) })
	e.NoMethod(s.around("none"), func(c *gin.Context) {
		s.fail(c, problem(http.StatusMethodNotAllowed, "this path does not take this method"))
	})
	return e, nil
}

var errNoRoute = problem(http.StatusNotFound, "there is nothing at this path")

// canonical refuses what the variable part of a path could hide: an unnecessary escape, a lower-case escape (RFC 3986
// wants capitals), a slash, or a step up, which another reader may resolve before it compares. It also refuses invalid
// text and NUL, which no name has and a store may fail on.
func (s *Server) canonical(c *gin.Context) {
	id := c.Param("id")
	if c.Request.URL.RawPath != "" || // net/url keeps RawPath for unusual spellings only
		id == "." || id == ".." || !utf8.ValidString(id) || strings.Contains(id, "\x00") {
		s.fail(c, errNoRoute)
		return
	}
	c.Next()
}

// jwks publishes the scheme's public keys, if it has any.
func (s *Server) jwks(c *gin.Context) {
	keys, ok := s.auth.(KeyPublisher)
	if !ok {
		s.fail(c, problem(http.StatusNotFound, "this scheme has no public keys"))
		return
	}
	c.Data(http.StatusOK, "application/jwk-set+json", keys.JWKS())
}
