package token

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"authlab/servers/api"
)

// carrier is how tokens travel between a client and this server.
type carrier interface {
	// access returns the access token of r, or "". The error wraps api.ErrAmbiguous.
	access(r *http.Request) (string, error)
	// renewal returns the login that r asks to renew; ok if r presents its credential.
	renewal(r *http.Request, v *verifier) (f family, ok bool, err error)
	// ends lists logins that a logout by r applies to besides its access token's.
	ends(r *http.Request, v *verifier) ([]family, error)
	// sign makes the access token of f with these claims.
	sign(v *verifier, c claims, f family) (string, error)
	// hand puts what a login or refresh hands out where the client takes it, for as long as the login lasts.
	hand(w http.ResponseWriter, g *api.Grant, lasts time.Duration)
	// clear removes what hand has put there.
	clear(w http.ResponseWriter)
	challenge(r *http.Request) string
}

// authorization carries tokens in a header that the client fills in, and in the bodies of answers.
type authorization struct{}

func (authorization) access(r *http.Request) (string, error) { return bearer(r) }

func (authorization) renewal(r *http.Request, v *verifier) (family, bool, error) {
	if _, err := bearer(r); err != nil {
		return family{}, false, err
	}
	token, err := refreshOf(r)
	if err != nil {
		return family{}, false, err
	}
	f, ok := parseRefresh(token, v.keys)
	return f, ok, nil
}

func (authorization) ends(r *http.Request, v *verifier) ([]family, error) {
	token, err := refreshOf(r)
	if err != nil {
		return nil, err
	}
	if f, ok := parseRefresh(token, v.keys); ok {
		return []family{f}, nil
	}
	return nil, nil
}

func (authorization) sign(v *verifier, c claims, _ family) (string, error) { return v.sign(c) }

func (authorization) hand(http.ResponseWriter, *api.Grant, time.Duration) {}

func (authorization) clear(http.ResponseWriter) {}

// challenge follows RFC 6750 section 3: a request without a token gets no error code.
func (authorization) challenge(r *http.Request) string {
	if raw, err := bearer(r); err != nil || raw == "" {
		return `Bearer realm="authlab"`
	}
	return `Bearer realm="authlab", error="invalid_token"`
}

// bearer takes the access token from its only valid place: one Authorization header of scheme Bearer. "" means a
// request without any. A token in the URL, where logs and histories store it, or in a form (RFC 6750 allows both) is
// api.ErrAmbiguous, as are two headers: a proxy that reads a different one would see another user.
func bearer(r *http.Request) (string, error) {
	if r.URL.RawQuery != "" && named(r.URL.RawQuery) {
		return "", fmt.Errorf("%w: access_token in the query", api.ErrAmbiguous)
	}
	if err := noForm(r); err != nil {
		return "", err
	}
	headers := r.Header["Authorization"]
	if len(headers) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || joined(token) {
		return "", fmt.Errorf("%w: more than one Authorization", api.ErrAmbiguous)
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	return strings.Trim(token, " "), nil
}

// joined reports whether a proxy joined two headers into one: a comma, followed by another scheme with its credential.
func joined(token string) bool {
	for {
		_, rest, comma := strings.Cut(token, ",")
		if !comma {
			return false
		}
		scheme, _, credential := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
		if credential && scheme != "" && strings.Trim(strings.ToLower(scheme),
			"abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
			return true
		}
		token = rest
	}
}

// named reports whether a query or form has an access_token. A part that cannot be parsed names nothing: no later
// reader parses it either.
func named(form string) bool {
	values, _ := url.ParseQuery(form)
	return values.Has("access_token")
}

// noForm looks for an access token in a form. This API takes no forms, so only an invalid request is read, and its body
// is put back.
func noForm(r *http.Request) error {
	content := r.Header["Content-Type"]
	if len(content) == 0 || content[0] == "application/json" || r.Body == nil {
		return nil
	}
	if media, _, _ := mime.ParseMediaType(content[0]); media != "application/x-www-form-urlencoded" {
		return nil
	}
	body, err := api.ReadBody(r)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if named(string(body)) {
		return fmt.Errorf("%w: access_token in a form", api.ErrAmbiguous)
	}
	return nil
}

// refreshOf takes the refresh token from the body {"refresh_token": "…"}; "" means an empty body or object.
func refreshOf(r *http.Request) (string, error) {
	body, err := api.ReadBody(r)
	if err != nil {
		return "", err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return "", nil
	}
	if !api.IsJSON(r) {
		return "", api.ErrNotJSON
	}
	var token string
	err = flat(string(body), func(name string, v value) error {
		switch {
		case name == "access_token":
			return fmt.Errorf("%w: access_token in the body", api.ErrAmbiguous)
		case name != "refresh_token" || v.number:
			return errJSON
		}
		token = v.text
		return nil
	})
	if err == errJSON || err == errTwice {
		return "", problem(http.StatusBadRequest, `the body must be {"refresh_token": "…"}`)
	}
	return token, err
}

func problem(status int, detail string) error {
	return &api.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}
