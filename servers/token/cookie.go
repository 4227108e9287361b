package token

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"authlab/servers/api"
	"authlab/servers/cookie"
)

// cookies carries one token in a cookie that scripts cannot read. It is access and refresh token in one: it has the
// generation of its family, so that a cookie that was renewed before is noticed like a reused refresh token. After it
// expires it can still be renewed, as long as its family lasts.
type cookies struct {
	name   string
	secure bool
}

// Names of the cookie. The prefix makes browsers insist on Secure, Path=/ and no Domain, so that no sibling host and no
// plain-HTTP page can plant one.
const (
	plainCookie  = "authlab_token"
	secureCookie = "__Host-authlab_token"
)

// maxCookieClaims is how many bytes of claims fit into the 4096 that browsers store of a cookie (RFC 6265 section 6.1):
// in base64url, beside a header of 120 bytes, a signature of at most 1366, and 150 for the cookie's name and
// attributes.
const maxCookieClaims = (4096 - 120 - 1366 - 150) * 3 / 4

func newCookies(secure bool) cookies {
	if secure {
		return cookies{secureCookie, true}
	}
	return cookies{plainCookie, false}
}

func (c cookies) access(r *http.Request) (string, error) {
	if token, ok := cookie.Lone(r, c.name); ok && !api.HasBearer(r) {
		return token, nil
	}
	found := r.CookiesNamed(c.name)
	switch {
	case len(found) == 0:
		return "", nil
	case len(found) > 1:
		return "", fmt.Errorf("%w: more than one cookie", api.ErrAmbiguous)
	case api.HasBearer(r):
		return "", fmt.Errorf("%w: a cookie and a bearer token", api.ErrAmbiguous)
	case found[0].Quoted: // another spelling of the same token
		return "", nil
	}
	return found[0].Value, nil
}

func (c cookies) renewal(r *http.Request, v *verifier) (family, bool, error) {
	raw, err := c.access(r)
	if err != nil || raw == "" {
		return family{}, false, err
	}
	said, err := v.verifyExpired(raw)
	if err != nil || said.Generation < 1 || said.Generation > math.MaxUint32 {
		return family{}, false, nil
	}
	return family{said.Family, uint32(said.Generation)}, true, nil
}

func (cookies) ends(*http.Request, *verifier) ([]family, error) { return nil, nil }

func (cookies) sign(v *verifier, c claims, f family) (string, error) {
	c.Generation = int64(f.generation)
	return v.sign(c)
}

func (c cookies) hand(w http.ResponseWriter, g *api.Grant, lasts time.Duration) {
	http.SetCookie(w, c.cookie(g.AccessToken, max(1, int(lasts/time.Second))))
	g.AccessToken, g.RefreshToken = "", ""
}

func (c cookies) clear(w http.ResponseWriter) { http.SetCookie(w, c.cookie("", -1)) }

func (c cookies) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: c.name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
	}
}

func (cookies) challenge(*http.Request) string { return api.CookieChallenge }
