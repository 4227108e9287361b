package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"authlab/servers/api"
)

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
		return errors.New("a public server without TLS starts, and hands out cookies that never come back")
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
		return fmt.Errorf("the cookie %s has Secure %v, want %v", c.Name, c.Secure, secure)
	}
	return nil
}
