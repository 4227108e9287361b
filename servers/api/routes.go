package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// route is one call of the API. guards run before handle.
type route struct {
	method, path string
	guards       []gin.HandlerFunc
	handle       gin.HandlerFunc
}

// table is the whole API.
func (s *Server) table() []route {
	bounded := []gin.HandlerFunc{s.bounded}
	mine := []gin.HandlerFunc{s.bounded, s.authenticate}
	admin := []gin.HandlerFunc{s.bounded, s.authenticate, s.only(user.RoleAdmin)}
	return []route{
		// The hot path stands alone: no body, no timer, nothing but who asks. What a scheme depends on has timeouts of
		// its own.
		{"GET", "/v1/me", nil, s.me},

		{"POST", "/v1/login", bounded, answerTo(s, s.login)},
		{"POST", "/v1/logout", bounded, change(s, s.logout)},
		{"POST", "/v1/refresh", bounded, answer(s, s.refresh)},

		{"POST", "/v1/logout-all", mine, change(s, s.logoutAll)},
		{"GET", "/v1/sessions", mine, answer(s, s.devices)},
		{"DELETE", "/v1/sessions/:id", mine, change(s, s.endDevice)},
		{"GET", "/v1/balance", mine, answer(s, s.balance)},
		{"POST", "/v1/transfers", mine, answerTo(s, s.transfer)},
		{"PUT", "/v1/password", mine, changeTo(s, s.password)},

		{"GET", "/v1/admin/users", admin, answer(s, s.users)},
		{"PUT", "/v1/admin/users/:id/role", admin, changeTo(s, s.role)},
		{"POST", "/v1/admin/users/:id/disable", admin, change(s, s.disable)},
		{"DELETE", "/v1/admin/users/:id/sessions", admin, change(s, s.endUser)},

		{"GET", "/healthz", nil, answer(s, s.health)},
		{"GET", "/readyz", bounded, answer(s, s.ready)},
		{"GET", "/metrics", nil, gin.WrapH(s.metrics.handler)},
		{"GET", "/.well-known/jwks.json", nil, s.jwks},
	}
}

// routes makes the handler of the table.
func (s *Server) routes() (http.Handler, error) {
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.RemoteIPHeaders = []string{"X-Forwarded-For"}
	if err := e.SetTrustedProxies(s.config.TrustProxies); err != nil { // gin trusts everyone unless told
		return nil, Usage{"--trusted-proxies: " + err.Error()}
	}
	for _, r := range s.table() {
		chain := append([]gin.HandlerFunc{s.around(r.path)}, r.guards...)
		e.Handle(r.method, r.path, append(chain, r.handle)...)
	}
	// Whatever strangers ask for counts as one route, so that they cannot make the metrics grow.
	e.NoRoute(s.around("none"), func(c *gin.Context) {
		s.fail(c, problem(http.StatusNotFound, "there is nothing at this path"))
	})
	e.NoMethod(s.around("none"), func(c *gin.Context) {
		s.fail(c, problem(http.StatusMethodNotAllowed, "this path does not take this method"))
	})
	return e, nil
}

// jwks publishes the public keys of a scheme that has some.
func (s *Server) jwks(c *gin.Context) {
	keys, ok := s.auth.(KeyPublisher)
	if !ok {
		s.fail(c, problem(http.StatusNotFound, "this scheme has no public keys"))
		return
	}
	c.Data(http.StatusOK, "application/jwk-set+json", keys.JWKS())
}
