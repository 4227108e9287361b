package apitest

import (
	"fmt"
	"net/http"
	"strings"
)

// browserChecks cover what browsers do for pages of other sites, and which attributes cookies need because of that.
var browserChecks = []check{
	{"R14 a session has one way in", cookies, oneCookie},
	{"R15 cookies are as safe as they can be", cookies, safeCookies},
	{"R16 a page of another site changes nothing", nil, crossSiteWrites},
	{"R16 GET changes nothing", nil, getChangesNothing},
	{"R17 only origins on the list may read answers", nil, originsOnTheList},
}

// writes are calls that change something.
func (w *world) writes(c credential) []call {
	id := c.answer.User.ID
	return []call{
		{"POST", "/v1/transfers", map[string]any{"to": "bob", "amount": 1}},
		{"POST", "/v1/login", map[string]string{"username": "load-000001", "password": w.password("load-000001")}},
		{"PUT", "/v1/password", map[string]string{"old": w.password("load-000001"), "new": "a better password"}},
		{"POST", "/v1/refresh", refreshBody(c)},
		{"DELETE", "/v1/sessions/x", nil},
		{"POST", "/v1/logout", nil},
		{"POST", "/v1/logout-all", nil},
		{"PUT", "/v1/admin/users/" + id + "/role", map[string]string{"role": "admin"}},
		{"POST", "/v1/admin/users/" + id + "/disable", nil},
		{"DELETE", "/v1/admin/users/" + id + "/sessions", nil},
	}
}

func crossSiteWrites(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	had, err := w.balance(c)
	if err != nil {
		return err
	}
	host := strings.TrimPrefix(w.urls[0], "http://")
	for what, from := range map[string]http.Header{
		"another site":                      {"Sec-Fetch-Site": {"cross-site"}},
		"a sibling host":                    {"Sec-Fetch-Site": {"same-site"}},
		"another origin":                    {"Origin": {"https://evil.example"}},
		"another port":                      {"Origin": {"http://127.0.0.1:1"}},
		"an origin that looks like ours":    {"Origin": {"http://" + host + ".evil.example"}},
		"a page without an origin":          {"Origin": {"null"}},
		"another site that names an origin": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
	} {
		for name, values := range c.header {
			from[name] = values
		}
		for _, call := range w.writes(c) {
			got, err := w.want(http.StatusForbidden, 0, call.method, call.path, from, call.body)
			if err != nil {
				return fmt.Errorf("from %s: %w", what, err)
			}
			if got.Header.Get("Set-Cookie") != "" {
				return fmt.Errorf("from %s: %s %s set a cookie", what, call.method, call.path)
			}
		}
	}
	if has, err := w.balance(c); err != nil || has != had {
		return fmt.Errorf("after refused writes the balance is %d, was %d: %v", has, had, err)
	}
	spent := int64(0)
	for what, from := range map[string]http.Header{
		"no browser":            {},
		"the same origin":       {"Sec-Fetch-Site": {"same-origin"}, "Origin": {w.urls[0]}},
		"the user":              {"Sec-Fetch-Site": {"none"}},
		"an old browser's page": {"Origin": {w.urls[0]}},
		"an origin on the list": {"Sec-Fetch-Site": {"cross-site"}, "Origin": {allowedOrigin}},
	} {
		for name, values := range c.header {
			from[name] = values
		}
		cent := map[string]any{"to": "bob", "amount": 1}
		if _, err := w.want(http.StatusOK, 0, "POST", "/v1/transfers", from, cent); err != nil {
			return fmt.Errorf("from %s: %w", what, err)
		}
		spent++
	}
	if has, err := w.balance(c); err != nil || has != had-spent {
		return fmt.Errorf("after %d cents were sent, the balance is %d, was %d: %v", spent, has, had, err)
	}
	return nil
}

// balance returns the balance of c's account.
func (w *world) balance(c credential) (int64, error) {
	got, err := w.want(http.StatusOK, 0, "GET", "/v1/balance", c.header, nil)
	if err != nil {
		return 0, err
	}
	answer, err := decoded[struct {
		Balance int64 `json:"balance"`
	}](got)
	return answer.Balance, err
}

func getChangesNothing(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	had, err := w.balance(c)
	if err != nil {
		return err
	}
	header := c.header.Clone()
	header.Set("X-HTTP-Method-Override", "POST")
	for _, call := range w.writes(c) {
		for _, query := range []string{"", "?to=bob&amount=1&_method=" + call.method} {
			got, err := w.do(0, "GET", call.path+query, header, nil)
			if err != nil {
				return err
			}
			if got.StatusCode != http.StatusMethodNotAllowed && got.StatusCode != http.StatusNotFound {
				return fmt.Errorf("GET %s%s was answered %d", call.path, query, got.StatusCode)
			}
		}
	}
	if has, err := w.balance(c); err != nil || has != had {
		return fmt.Errorf("after GETs the balance is %d, was %d: %v", has, had, err)
	}
	_, err = w.lives(c)
	return err
}

func originsOnTheList(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	ask := func(method, origin string) (response, error) {
		header := c.header.Clone()
		header.Set("Origin", origin)
		if method == http.MethodOptions {
			header.Set("Access-Control-Request-Method", "POST")
			return w.do(0, method, "/v1/transfers", header, nil)
		}
		return w.do(0, method, "/v1/me", header, nil)
	}
	for _, origin := range []string{
		"https://evil.example", "null", "*", "http://app.example", "https://app.example.evil.example",
		"https://evilapp.example",
		"https://app.example:444", "https://app.example/", "https://APP.example", "https://sub.app.example",
		"https://app.example, *",
	} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			got, err := ask(method, origin)
			if err != nil {
				return err
			}
			for name := range got.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					return fmt.Errorf("%s from %s was answered with %s: %s", method, origin, name, got.Header.Get(name))
				}
			}
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodOptions} {
		got, err := ask(method, allowedOrigin)
		if err != nil {
			return err
		}
		h := got.Header
		if got.StatusCode >= 300 || h.Get("Access-Control-Allow-Origin") != allowedOrigin ||
			h.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(h.Get("Vary"), "Origin") {
			return fmt.Errorf("%s from the origin on the list was answered %d %v", method, got.StatusCode, h)
		}
	}
	return nil
}
