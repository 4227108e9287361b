package token

import (
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authlab/servers/user"
)

// Alone verifies access tokens as a server does, but outside of one, so that its parsing can be measured beside a
// library's. Its key is random, so no server accepts its tokens.
type Alone struct{ verifier *verifier }

// NewAlone returns one for HS256, with the values that tokend's flags have by default.
func NewAlone() *Alone {
	alg := algorithms["HS256"]
	return &Alone{newVerifier(alg, []key{alg.random()}, AloneIssuer, AloneIssuer, AloneLeeway, time.Now)}
}

// What a library must be told to accept the same tokens. The audience is called as the issuer is.
const (
	AloneIssuer = "authlab"
	AloneLeeway = 30 * time.Second
)

// Token is an access token for u that is valid for an hour.
func (a *Alone) Token(u user.User) (string, error) {
	now := time.Now()
	return a.verifier.sign(a.verifier.about(u, randomID(), now, now.Add(time.Hour)))
}

// Verify is what a request asks about its token: it is parsed strictly, and its signature and dates are checked.
func (a *Alone) Verify(raw string) error {
	_, err := a.verifier.verify(raw)
	return err
}

// Signed reports whether text has this signature. A library that asks it pays for a signature what Verify pays.
func (a *Alone) Signed(text string, signature []byte) bool {
	return a.verifier.alg.verified(a.verifier.keys[0], text, signature)
}

// Claims are those of an access token, for a library to fill in.
func (a *Alone) Claims() jwt.Claims { return new(claims) }
