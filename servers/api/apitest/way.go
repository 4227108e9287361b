package apitest

import (
	"fmt"
	"net/http"
	"strings"
)

// oneWayIn: one Authorization header of scheme Bearer, and no other place. A token in a URL ends up in logs and
// histories; of two tokens a proxy may read one and the server the other (RFC 6750 section 2).
func oneWayIn(w *world) error {
	c, err := w.login(0, "alice", nil)
	if err != nil {
		return err
	}
	other, err := w.login(0, "bob", nil)
	if err != nil {
		return err
	}
	mine, theirs := c.answer.AccessToken, other.answer.AccessToken
	bearer := func(tokens ...string) http.Header {
		h := http.Header{}
		for _, t := range tokens {
			h.Add("Authorization", t)
		}
		return h
	}
	with := func(name, value string, h http.Header) http.Header {
		h.Set(name, value)
		return h
	}
	const form = "application/x-www-form-urlencoded"
	for _, r := range []struct {
		name, method, path string
		header             http.Header
		body               any
		status             int
	}{
		{"the one way", "GET", "/v1/me", bearer("Bearer " + mine), nil, 200},
		{"the scheme in lower case", "GET", "/v1/me", bearer("bearer " + mine), nil, 200},
		{"the scheme in upper case", "GET", "/v1/me", bearer("BEARER " + mine), nil, 200},
		{"a query about something else", "GET", "/v1/me?page=2", bearer("Bearer " + mine), nil, 200},
		{"a cookie of another application", "GET", "/v1/me", with("Cookie", "theme=dark", bearer("Bearer "+mine)), nil, 200},

		{"nothing", "GET", "/v1/me", nil, nil, 401},
		{"no token", "GET", "/v1/me", bearer("Bearer"), nil, 401},
		{"no scheme", "GET", "/v1/me", bearer(mine), nil, 401},
		{"Basic", "GET", "/v1/me", bearer("Basic " + mine), nil, 401},
		{"Token", "GET", "/v1/me", bearer("Token " + mine), nil, 401},
		{"no space", "GET", "/v1/me", bearer("Bearer" + mine), nil, 401},
		{"a colon", "GET", "/v1/me", bearer("Bearer: " + mine), nil, 401},
		{"a parameter", "GET", "/v1/me", bearer(`Bearer token="` + mine + `"`), nil, 401},
		{"in a cookie", "GET", "/v1/me", http.Header{"Cookie": {"access_token=" + mine}}, nil, 401},
		{"in a cookie, with the scheme", "GET", "/v1/me", http.Header{"Cookie": {"Authorization=Bearer " + mine}}, nil, 401},
		{"for a proxy", "GET", "/v1/me", http.Header{"Proxy-Authorization": {"Bearer " + mine}}, nil, 401},
		{"in a header of one's own", "GET", "/v1/me", http.Header{"X-Access-Token": {mine}}, nil, 401},
		{"the control's header", "GET", "/v1/me", http.Header{"Authlab-User": {"1;admin;admin"}}, nil, 401},

		{"in the query", "GET", "/v1/me?access_token=" + mine, nil, nil, 400},
		{"in the query, escaped", "GET", "/v1/me?%61ccess_token=" + mine, nil, nil, 400},
		{"in the query beside the header", "GET", "/v1/me?access_token=" + mine, bearer("Bearer " + mine), nil, 400},
		{"another one in the query", "GET", "/v1/me?x=1&access_token=" + theirs, bearer("Bearer " + mine), nil, 400},
		{"an empty one in the query", "GET", "/v1/me?access_token", bearer("Bearer " + mine), nil, 400},
		{"twice", "GET", "/v1/me", bearer("Bearer "+mine, "Bearer "+mine), nil, 400},
		{"two", "GET", "/v1/me", bearer("Bearer "+mine, "Bearer "+theirs), nil, 400},
		{"two schemes", "GET", "/v1/me", bearer("Basic YTpi", "Bearer "+mine), nil, 400},
		{"two in one line", "GET", "/v1/me", bearer("Bearer " + mine + ", Bearer " + theirs), nil, 400},
		{"in a form", "POST", "/v1/logout", http.Header{"Content-Type": {form}}, "access_token=" + mine, 400},
		{
			"in a form beside the header", "POST", "/v1/logout", with("Content-Type", form, bearer("Bearer "+mine)),
			"access_token=" + theirs, 400,
		},
		{
			"in a form with a charset", "POST", "/v1/logout",
			http.Header{"Content-Type": {form + "; charset=utf-8"}},
			"access_token=" + mine, 400,
		},
		{"in a body", "POST", "/v1/logout", bearer("Bearer " + mine), map[string]string{"access_token": theirs}, 400},
	} {
		if _, err := w.want(r.status, 0, r.method, r.path, r.header, r.body); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	// None of the refused logouts has ended a login.
	for _, c := range []credential{c, other} {
		if !refreshed(w.scheme) {
			break
		}
		if _, err := w.refresh(0, c.refresh, http.StatusOK); err != nil {
			return fmt.Errorf("after refused requests: %w", err)
		}
	}
	return nil
}

// challenged: each 401 names the scheme, with error="invalid_token" if a token came (RFC 6750 section 3), and nothing
// more.
func challenged(w *world) error {
	c, err := w.login(0, "alice", nil)
	if err != nil {
		return err
	}
	w.advance(w.scheme.lasts() + 1e9) // the token has expired
	for _, r := range []struct {
		name   string
		header http.Header
		told   bool
	}{
		{"nothing", nil, false},
		{"no token", http.Header{"Authorization": {"Bearer"}}, false},
		{"another scheme", http.Header{"Authorization": {"Basic YTpi"}}, false},
		{"no token at all", http.Header{"Authorization": {"Bearer x"}}, true},
		{"an altered token", http.Header{"Authorization": {"Bearer " + c.answer.AccessToken + "A"}}, true},
		{"an expired token", c.header, true},
	} {
		for _, call := range []string{"GET /v1/me", "GET /v1/balance", "POST /v1/logout-all", "GET /v1/admin/users"} {
			method, path, _ := strings.Cut(call, " ")
			got, err := w.want(http.StatusUnauthorized, 0, method, path, r.header, nil)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			challenge := got.Header.Values("WWW-Authenticate")
			if len(challenge) != 1 || !strings.HasPrefix(challenge[0], "Bearer ") ||
				strings.Contains(challenge[0], `error="invalid_token"`) != r.told ||
				strings.Contains(challenge[0], "error_description") {
				return fmt.Errorf("%s: WWW-Authenticate %q", r.name, challenge)
			}
		}
	}
	return nil
}
