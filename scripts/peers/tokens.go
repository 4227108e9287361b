package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	ginjwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"authlab/servers/api"
	"authlab/servers/user"
)

// tokens is what the token libraries have in common: a login hands a token out, and nothing takes it back.
type tokens struct {
	measured
	ttl  time.Duration
	sign func(api.Principal) (string, error)
}

func (t tokens) Login(_ http.ResponseWriter, _ *http.Request, u user.User) (api.Grant, error) {
	token, err := t.sign(of(u))
	if err != nil {
		return api.Grant{}, err
	}
	// The API promises a refresh token; no bench presents it.
	return api.Grant{Principal: of(u), AccessToken: token, RefreshToken: "none", ExpiresIn: t.ttl}, nil
}

func (t tokens) Refresh(http.ResponseWriter, *http.Request) (api.Grant, error) {
	return api.Grant{}, errNotMeasured
}
func (t tokens) Logout(http.ResponseWriter, *http.Request) error { return nil }
func (t tokens) EffectiveWithin() time.Duration                  { return t.ttl }

// ginJWT is appleboy/gin-jwt, asked for the claims alone: its middleware goes on to store them in gin's context, to
// look at exp once more and to ask who may. It has no leeway.
type ginJWT struct {
	tokens
	middleware *ginjwt.GinJWTMiddleware
}

func openGinJWT(s scheme, _ api.Env) (api.Authenticator, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	m, err := ginjwt.New(&ginjwt.GinJWTMiddleware{
		Realm: "authlab", Key: key, Timeout: s.access, TokenLookup: "header: Authorization",
		PayloadFunc: func(data any) ginjwt.MapClaims {
			p := data.(api.Principal)
			return ginjwt.MapClaims{"id": p.ID, "name": p.Name, "role": string(p.Role)}
		},
	})
	if err != nil {
		return nil, err
	}
	return ginJWT{tokens{ttl: s.access, sign: func(p api.Principal) (string, error) {
		token, _, err := m.TokenGenerator(p)
		return token, err
	}}, m}, nil
}

func (g ginJWT) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	claims, err := g.middleware.GetClaimsFromJWT(&gin.Context{Request: r})
	if err != nil {
		return api.Principal{}, fmt.Errorf("%w: %w", api.ErrUnauthenticated, err)
	}
	return principal(func(key string) string { v, _ := claims[key].(string); return v })
}

// jwx is lestrrat-go/jwx with the checks that tokend makes: signature, exp, nbf, iat, issuer and audience.
type jwx struct {
	tokens
	parse []jwt.ParseOption
}

const issuer, audience = "authlab", "authlab"

func openJWX(s scheme, _ api.Env) (api.Authenticator, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	return jwx{
		tokens: tokens{ttl: s.access, sign: func(p api.Principal) (string, error) {
			now := time.Now()
			token, err := jwt.NewBuilder().Issuer(issuer).Audience([]string{audience}).IssuedAt(now).NotBefore(now).
				Expiration(now.Add(s.access)).
				Claim("id", p.ID).Claim("name", p.Name).Claim("role", string(p.Role)).Build()
			if err != nil {
				return "", err
			}
			signed, err := jwt.Sign(token, jwt.WithKey(jwa.HS256(), key))
			return string(signed), err
		}},
		parse: []jwt.ParseOption{
			jwt.WithKey(jwa.HS256(), key), jwt.WithValidate(true), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
			jwt.WithAcceptableSkew(s.leeway),
		},
	}, nil
}

func (j jwx) Authenticate(_ http.ResponseWriter, r *http.Request) (api.Principal, error) {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return api.Principal{}, api.ErrUnauthenticated
	}
	token, err := jwt.ParseString(raw, j.parse...)
	if err != nil {
		return api.Principal{}, fmt.Errorf("%w: %w", api.ErrUnauthenticated, err)
	}
	return principal(func(key string) string { var v string; token.Get(key, &v); return v })
}
