package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"

	"authlab/servers/api"
	"authlab/servers/token"
	"authlab/servers/user"
)

// known are the defences, by name.
var known = map[string]func() (defence, error){
	"strict-parsing": strictParsing, "same-origin": sameOrigin, "guessing": guessing,
}

// defencesOf returns the defences with these names.
func defencesOf(names []string) (all []defence, err error) {
	for _, name := range names {
		prepare, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("there is no defence %q", name)
		}
		d, err := prepare()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		d.name = name
		all = append(all, d)
	}
	return all, nil
}

// guard lets a request through to the handler. Otherwise it answers.
type guard func(c *gin.Context) bool

// calling calls a handler behind a guard with requests in turn. The handler answers as GET /v1/me does.
func calling(of guard, method, path string, requests ...*http.Request) request {
	engine := gin.New()
	engine.Handle(method, path, func(c *gin.Context) {
		if of(c) {
			c.JSON(http.StatusOK, gin.H{"name": "alice", "role": "user"})
		}
	})
	w, next := &answer{header: http.Header{}}, 0
	return func() error {
		clear(w.header)
		w.status = 0
		engine.ServeHTTP(w, requests[next])
		next = (next + 1) % len(requests)
		if w.status != http.StatusOK {
			return fmt.Errorf("the handler answered %d", w.status)
		}
		return nil
	}
}

// answer is an answer that goes nowhere.
type answer struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(text []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return len(text), nil
}

// macs has golang-jwt check signatures as the servers do. Otherwise what its HMAC costs more would be taken for its
// parsing.
type macs struct{ alone *token.Alone }

// Verify implements jwt.SigningMethod.
func (m macs) Verify(text string, signature []byte, _ any) error {
	if !m.alone.Signed(text, signature) {
		return jwt.ErrSignatureInvalid
	}
	return nil
}

// Sign implements jwt.SigningMethod.
func (m macs) Sign(string, any) ([]byte, error) { return nil, jwt.ErrInvalidKey }

// Alg implements jwt.SigningMethod.
func (m macs) Alg() string { return "HS256" }

// strictParsing parses an access token as the servers do; without it golang-jwt's parser does. Both check the same
// signature in the same way, and the same dates, issuer and audience with golang-jwt's validator.
func strictParsing() (d defence, err error) {
	alone := token.NewAlone()
	raw, err := alone.Token(user.User{ID: "u1", Name: "alice", Role: user.RoleUser, Version: 1})
	if err != nil {
		return d, err
	}
	jwt.RegisterSigningMethod("HS256", func() jwt.SigningMethod { return macs{alone} })
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(token.AloneIssuer),
		jwt.WithAudience(token.AloneIssuer), jwt.WithExpirationRequired(), jwt.WithLeeway(token.AloneLeeway))
	key := func(*jwt.Token) (any, error) { return nil, nil } // Alone has it
	r := httptest.NewRequest(http.MethodGet, "/v1/me", nil)
	r.Header.Set("Authorization", "Bearer "+raw)
	by := func(verify func(raw string) error) request {
		return calling(func(c *gin.Context) bool {
			if verify(strings.TrimPrefix(c.Request.Header.Get("Authorization"), "Bearer ")) == nil {
				return true
			}
			c.Status(http.StatusUnauthorized)
			c.Writer.WriteHeaderNow()
			return false
		}, r.Method, r.URL.Path, r)
	}
	return defence{with: by(alone.Verify), without: by(func(raw string) error {
		_, err := parser.ParseWithClaims(raw, alone.Claims(), key)
		return err
	})}, nil
}

// nothing is no guard.
func nothing(*gin.Context) bool { return true }

// sameOrigin is the check of a write that a page of the service's own sends.
func sameOrigin() (defence, error) {
	alone := api.NewAlone()
	r := httptest.NewRequest(http.MethodPost, "/v1/transfers", nil)
	r.Host = "app.example"
	r.Header.Set("Origin", "https://app.example")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	by := func(of guard) request { return calling(of, r.Method, r.URL.Path, r) }
	return defence{with: by(alone.SameOrigin), without: by(nothing)}, nil
}

// The throttle remembers failures of these accounts, and is asked about them. Four accounts share each address.
const accounts, addresses = 1000, 250

// guessing is the throttle around a right password, of an account with a failure in its past. What checks the password
// is left out on both sides.
func guessing() (d defence, err error) {
	alone := api.NewAlone()
	right := func(context.Context) error { return nil }
	wrong := func(context.Context) error { return user.ErrBadCredentials }
	name := func(r *http.Request) string { return r.Header.Get("X-Account") }
	var requests []*http.Request
	for i := range accounts {
		r := httptest.NewRequest(http.MethodPost, "/v1/login", nil)
		r.RemoteAddr = fmt.Sprintf("192.0.2.%d:4711", i%addresses)
		r.Header.Set("X-Account", fmt.Sprintf("account-%d", i))
		if err := alone.Guarded(r, name(r), wrong); err != user.ErrBadCredentials {
			return d, fmt.Errorf("a first wrong password: %w", err)
		}
		requests = append(requests, r)
	}
	by := func(check func(r *http.Request) error) request {
		return calling(func(c *gin.Context) bool { return check(c.Request) == nil },
			http.MethodPost, "/v1/login", slices.Clone(requests)...)
	}
	return defence{
		with:    by(func(r *http.Request) error { return alone.Guarded(r, name(r), right) }),
		without: by(func(r *http.Request) error { _ = name(r); return right(r.Context()) }),
	}, nil
}
