package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"authlab/servers/api"
)

// browserChecks are about what browsers do for pages of other sites, and what cookies must look like for that.
var browserChecks = []check{
	{"R14 a session comes in one way", cookies, oneCookie},
	{"R15 cookies are as safe as they can be", cookies, safeCookies},
	{"R16 a page of another site changes nothing", nil, crossSiteWrites},
	{"R16 GET changes nothing", nil, getChangesNothing},
	{"R17 only origins on the list may read answers", nil, originsOnTheList},
}

func oneCookie(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	other, err := w.login(0, "load-000002", nil)
	if err != nil {
		return err
	}
	mine, theirs := c.header.Get("Cookie"), other.header.Get("Cookie")
	for what, header := range map[string]http.Header{
		"a cookie and a token":             {"Cookie": {mine}, "Authorization": {"Bearer " + c.value()}},
		"two sessions in one header":       {"Cookie": {mine + "; " + theirs}},
		"two sessions in two headers":      {"Cookie": {mine, theirs}},
		"a session and an invented second": {"Cookie": {mine + "; " + mine + "x"}},
	} {
		for _, call := range []call{{"GET", "/v1/me", nil}, {"POST", "/v1/logout", nil}, {"POST", "/v1/refresh", nil}} {
			if _, err := w.want(http.StatusBadRequest, 0, call.method, call.path, header, nil); err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
		}
	}
	for what, header := range map[string]http.Header{
		"the id as a token":    {"Authorization": {"Bearer " + c.value()}},
		"the control's header": {"Authlab-User": {"1;admin;admin"}},
	} {
		if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", header, nil); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me?"+mine, nil, nil); err != nil {
		return fmt.Errorf("the cookie in the query: %w", err)
	}
	beside := http.Header{"Cookie": {"theme=dark; " + mine + "; lang=en"}, "Authlab-User": {"1;admin;admin"}}
	if alive, err := w.alive(0, credential{header: beside, answer: c.answer}); err != nil || !alive {
		return fmt.Errorf("beside other cookies and the control's header: alive %v, %v", alive, err)
	}
	return nil
}

func safeCookies(w *world) error {
	if err := w.cookie(0, false); err != nil {
		return fmt.Errorf("on loopback: %w", err)
	}
	public := func(c *api.Config) { c.Listen, c.DemoUsers = "0.0.0.0:0", false }
	for _, c := range []struct {
		name   string
		config func(*api.Config)
		secure bool
	}{
		{"behind a proxy", func(c *api.Config) { public(c); c.TrustProxies = []string{"10.0.0.0/8"} }, true},
		{"with --insecure-cookies", func(c *api.Config) { public(c); c.InsecureCookies = true }, false},
	} {
		w.config = c.config
		w.urls = append(w.urls, w.serve(len(w.urls)))
		if err := w.cookie(len(w.urls)-1, c.secure); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if log := w.log.String(); !strings.Contains(log, "--insecure-cookies") || !strings.Contains(log, "WARN") {
		return errors.New("--insecure-cookies is not warned about")
	}
	w.config = public
	s, err := w.open(0)
	if err == nil {
		s.Close()
		return errors.New("a public server without TLS in sight starts, and hands out cookies that never come back")
	}
	if usage := (api.Usage{}); !errors.As(err, &usage) || !strings.Contains(usage.Sentence, "--insecure-cookies") {
		return fmt.Errorf("a public server without TLS refuses to start, but says %q", err)
	}
	return nil
}

// cookie checks what a login, a refresh and a logout set.
func (w *world) cookie(replica int, secure bool) error {
	got, err := w.guess(replica, "load-000001", w.password("load-000001"), nil)
	if err != nil {
		return err
	}
	c, err := w.credentialOf(got)
	if err != nil {
		return err
	}
	renewed, err := w.want(http.StatusOK, replica, "POST", "/v1/refresh", c.header, nil)
	if err != nil {
		return err
	}
	if c, err = w.credentialOf(renewed); err != nil {
		return err
	}
	ended, err := w.want(http.StatusNoContent, replica, "POST", "/v1/logout", c.header, nil)
	if err != nil {
		return err
	}
	for what, got := range map[string]response{"login": got, "refresh": renewed, "logout": ended} {
		if err := safe(got, secure); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if cookie := ended.Cookies()[0]; cookie.MaxAge >= 0 || cookie.Value != "" {
		return fmt.Errorf("logout does not clear the cookie")
	}
	return nil
}

func safe(got response, secure bool) error {
	lines := got.Header["Set-Cookie"]
	if len(lines) != 1 || len(lines[0]) > 4096 {
		return fmt.Errorf("%d cookies were set", len(lines))
	}
	c, err := http.ParseSetCookie(lines[0])
	switch {
	case err != nil:
		return err
	case !c.HttpOnly:
		return errors.New("the cookie is not HttpOnly: scripts can read it")
	case c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode:
		return errors.New("the cookie has no SameSite")
	case c.Domain != "" || c.Path != "/":
		return fmt.Errorf("the cookie has domain %q and path %q", c.Domain, c.Path)
	case c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure:
		return fmt.Errorf("Secure is %v and the name %s, want Secure %v", c.Secure, c.Name, secure)
	}
	return nil
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

// balance is what c's account holds.
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
