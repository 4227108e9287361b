package apitest

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"authlab/servers/api"
	"authlab/servers/user"
)

// guardChecks apply to servers of every scheme.
var guardChecks = []check{
	{"R18 no credential reaches a log, a metric or a problem", nil, noSecretLeaks},
	{"R19 guessing is slowed down and tells nothing about names", ofServer, guessingIsSlow},
	{"R19 a refusal takes as long whether or not there is such a name", timesRefusals, refusalsTakeAsLong},
	{"R20 forwarded headers count from a trusted proxy only", ofServer, forwardedIsNotBelieved},
	{"R21 an outage of the store fails closed", func(s Scheme) bool { return s.StopStore != nil }, storeOutage},
	{"R21 an outage of the accounts logs no user out", func(s Scheme) bool { return s.Carrier != Name }, accountsOutage},
	{"R22 large requests and slow clients are refused", ofServer, limitsHold},
	{"R23 one user's answer never reaches another", nil, usersAreNotMixedUp},
}

// noSecretLeaks makes valid and invalid calls of the whole API, with the log at its most verbose.
func noSecretLeaks(w *world) error {
	const name, fresh = "load-000007", "a new and secret password"
	c, err := w.login(0, name, nil)
	if err != nil {
		return err
	}
	old := user.LoadPassword(w.loadKey, name)
	secrets := []string{old, fresh, user.DemoPassword}
	keep := func(c credential) {
		for _, values := range c.header {
			_, value, _ := strings.Cut(values[0], "=")
			secrets = append(secrets, value, c.refresh, c.answer.AccessToken)
		}
	}
	if w.scheme.Carrier != Name { // the name that identifies a user there is not a secret
		keep(c)
	}
	secret := c.answer.AccessToken
	if secret == "" {
		secret = "c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU"
		secrets = append(secrets, secret)
	}
	bad := http.Header{
		"Authorization": {"Bearer " + secret + "x"}, "Cookie": {"a=" + secret + "; b=" + secret},
		"Referer": {"http://x/" + secret},
	}
	type step struct {
		method, path string
		header       http.Header
		body         any
	}
	for _, s := range []step{
		{"GET", "/v1/me", c.header, nil},
		{"GET", "/v1/me?access_token=" + secret, nil, nil},
		{"GET", "/v1/" + secret, c.header, nil},
		{"DELETE", "/v1/sessions/" + secret, c.header, nil},
		{"GET", "/v1/me", bad, nil},
		{"POST", "/v1/login", nil, map[string]string{"username": name, "password": fresh}},
		{"POST", "/v1/login", nil, `{"username":"` + name + `","password":"` + old + `","more":1}`},
		{"POST", "/v1/login", nil, `{"username":"` + name + `","password":"` + old},
		{"POST", "/v1/transfers", c.header, `{"to":"` + secret + `","amount":1}`},
		{"PUT", "/v1/password", c.header, map[string]string{"old": fresh, "new": fresh}},
		{"PUT", "/v1/password", c.header, map[string]string{"old": old, "new": fresh}},
		{"POST", "/v1/refresh", refreshHeader(c), refreshBody(c)},
		{"GET", "/metrics", nil, nil},
		{"POST", "/v1/logout", c.header, nil},
	} {
		got, err := w.do(0, s.method, s.path, s.header, s.body)
		if err != nil {
			return err
		}
		if got.StatusCode >= 400 || s.path == "/metrics" {
			if found := leak(string(got.body), secrets); found != "" {
				return fmt.Errorf("%s %.12s… answered with a secret, %s", s.method, s.path, found)
			}
		}
	}
	log := w.log.String()
	if !strings.Contains(log, "/v1/me") {
		return fmt.Errorf("the log at level debug names no route: this check shows nothing")
	}
	if found := leak(log, secrets); found != "" {
		return fmt.Errorf("the log holds a secret, %s", found)
	}
	return nil
}

// leak finds the first secret in text, and quotes only its beginning.
func leak(text string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= 8 && strings.Contains(text, s) {
			return fmt.Sprintf("%.6s… of %d bytes", s, len(s))
		}
	}
	return ""
}

// refreshHeader and refreshBody are what POST /v1/refresh takes: a token in the body, or the credential's own carrier.
func refreshHeader(c credential) http.Header {
	if c.refresh != "" {
		return nil
	}
	return c.header
}

func refreshBody(c credential) any {
	if c.refresh == "" {
		return nil
	}
	return map[string]string{"refresh_token": c.refresh}
}

// guess tries a password at a replica.
func (w *world) guess(replica int, name, password string, header http.Header) (response, error) {
	return w.do(replica, "POST", "/v1/login", header, map[string]string{"username": name, "password": password})
}

func guessingIsSlow(w *world) error {
	known, err := w.guess(0, "load-000003", "wrong", nil)
	if err != nil {
		return err
	}
	unknown, err := w.guess(0, "unknown", "wrong", nil)
	if err != nil {
		return err
	}
	if known.StatusCode != http.StatusUnauthorized || unknown.StatusCode != http.StatusUnauthorized ||
		!bytes.Equal(known.body, unknown.body) {
		return fmt.Errorf("a wrong password is %d %s and an unknown name %d %s: they must not differ",
			known.StatusCode, known.body, unknown.StatusCode, unknown.body)
	}
	checked := 0
	for range 1000 {
		got, err := w.guess(0, "alice", "wrong", nil)
		switch {
		case err != nil:
			return err
		case got.StatusCode == http.StatusUnauthorized:
			checked++
		case got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "":
			return fmt.Errorf("a guess was answered %d %s, want 401, or 429 with Retry-After", got.StatusCode, got.body)
		}
	}
	if checked == 0 || checked > 10 {
		return fmt.Errorf("%d of 1000 guesses at once were checked, want a few", checked)
	}
	// Another user is not affected, and the owner only for a while: the limit has no memory that locks an account.
	if _, err := w.login(0, "load-000004", nil); err != nil {
		return fmt.Errorf("after guesses at another account: %w", err)
	}
	w.advance(5 * time.Minute)
	_, err = w.login(0, "alice", nil)
	return err
}

// forwardedIsNotBelieved guesses while claiming another origin each time.
func forwardedIsNotBelieved(w *world) error {
	slowed := func(replica int, name, forwarded string) (bool, error) {
		for i := range 10 {
			h := http.Header{}
			for _, header := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip"} {
				h.Set(header, strings.ReplaceAll(forwarded, "#", fmt.Sprint(i)))
			}
			got, err := w.guess(replica, name, "wrong", h)
			if err != nil {
				return false, err
			}
			if got.StatusCode == http.StatusTooManyRequests {
				return true, nil
			}
		}
		return false, nil
	}
	if slow, err := slowed(0, "alice", "198.51.100.#"); err != nil || !slow {
		return fmt.Errorf("ten guesses from one address, each with another X-Forwarded-For, were not slowed down: %v", err)
	}

	w.config = func(c *api.Config) { c.TrustProxies = []string{"127.0.0.0/8"} }
	w.urls = append(w.urls, w.serve(len(w.urls)))
	behind := len(w.urls) - 1
	if slow, err := slowed(behind, "alice", "203.0.113.#, 198.51.100.1"); err != nil || !slow {
		return fmt.Errorf("behind a proxy, guesses with an invented address before the proxy's were not slowed down: %v", err)
	}
	if slow, err := slowed(behind, "bob", "198.51.100.#"); err != nil || slow {
		return fmt.Errorf("behind a trusted proxy ten clients are treated as one: %v", err)
	}
	owner := http.Header{"X-Forwarded-For": {"198.51.100.77"}}
	_, err := w.login(behind, "alice", owner)
	return err
}
