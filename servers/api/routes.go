package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"authlab/servers/user"
)

// routes is the whole API in one table.
func (s *Server) routes() (http.Handler, error) {
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	if err := e.SetTrustedProxies(s.config.TrustProxies); err != nil { // gin trusts everyone unless told
		return nil, Usage{"--trusted-proxies: " + err.Error()}
	}
	e.Use(s.observe, s.recover, s.headers, s.crossOrigin)
	e.NoRoute(func(c *gin.Context) { s.fail(c, problem(http.StatusNotFound, "there is nothing at this path")) })
	e.NoMethod(func(c *gin.Context) {
		s.fail(c, problem(http.StatusMethodNotAllowed, "this path does not take "+c.Request.Method))
	})

	e.GET("/healthz", s.health)
	e.GET("/readyz", s.ready)
	e.GET("/metrics", s.metrics.serve)
	if keys, ok := s.auth.(KeyPublisher); ok {
		e.GET("/.well-known/jwks.json", func(c *gin.Context) { c.Data(http.StatusOK, "application/jwk-set+json", keys.JWKS()) })
	}

	// The hot path stands alone: no body, no timer, nothing but who asks.
	e.GET("/v1/me", s.me)

	v1 := e.Group("/v1", s.bounded)
	v1.POST("/login", s.login)
	v1.POST("/logout", s.logout)
	v1.POST("/refresh", s.refresh)

	mine := v1.Group("", s.authenticate)
	mine.POST("/logout-all", s.logoutAll)
	mine.GET("/sessions", s.devices)
	mine.DELETE("/sessions/:id", s.endDevice)
	mine.GET("/balance", s.balance)
	mine.POST("/transfers", s.transfer)
	mine.PUT("/password", s.password)

	admin := mine.Group("/admin", s.only(user.RoleAdmin))
	admin.GET("/users", s.users)
	admin.PUT("/users/:id/role", s.role)
	admin.POST("/users/:id/disable", s.disable)
	admin.DELETE("/users/:id/sessions", s.endUser)
	return e, nil
}
