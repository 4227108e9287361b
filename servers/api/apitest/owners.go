package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"authlab/servers/api"
)

// device is the cookie that a login leaves on a device.
func (w *world) device(replica int, name string, header http.Header) (*http.Cookie, error) {
	got, err := w.want(http.StatusOK, replica, "POST", "/v1/login", header,
		map[string]string{"username": name, "password": w.password(name)})
	if err != nil {
		return nil, err
	}
	for _, c := range got.Cookies() {
		if c.Path == "/v1/login" {
			return c, nil
		}
	}
	return nil, fmt.Errorf("a login of %s left no cookie of the device: %q", name, got.Header["Set-Cookie"])
}

func ownersGetIn(w *world) error {
	known, err := w.device(0, "alice", nil) // at another replica: they share the key
	if err != nil {
		return err
	}
	replica := w.behindProxy()
	guessed := 0
	flood := func() error {
		for range 50 {
			guessed++
			if _, _, err := w.checked(replica, "alice", "wrong", at(crowd["IPv4"](guessed))); err != nil {
				return err
			}
		}
		return nil
	}
	const home, elsewhere = "192.0.2.1", "192.0.2.200"
	for range 3 { // a typing error, and then the right password, with strangers in between
		for _, step := range []struct {
			password string
			status   int
		}{{"wrong", http.StatusUnauthorized}, {w.password("alice"), http.StatusOK}} {
			if err := flood(); err != nil {
				return err
			}
			got, err := w.guess(replica, "alice", step.password, at(home, known))
			if err != nil || got.StatusCode != step.status {
				return fmt.Errorf("an owner on a known device gets %d, want %d: %v", got.StatusCode, step.status, err)
			}
		}
	}
	// On a new device the owner waits as told, and gets in even though the flood comes first each time.
	waited := time.Duration(0)
	for range 4 {
		if err := flood(); err != nil {
			return err
		}
		checked, wait, err := w.checked(replica, "alice", w.password("alice"), at(elsewhere))
		if err != nil || checked {
			return err
		}
		waited += time.Duration(wait) * time.Second
		w.advance(time.Duration(wait) * time.Second)
	}
	return fmt.Errorf("an owner on a new device came back four times as told, %v in all, and is kept out", waited)
}

// devicesAreTheirs: a cookie of another account, or one that the server did not sign, identifies no device.
func devicesAreTheirs(w *world) error {
	hers, err := w.device(0, "alice", nil)
	if err != nil {
		return err
	}
	his, err := w.device(0, "bob", nil)
	if err != nil {
		return err
	}
	if again, err := w.device(0, "alice", nil); err != nil || again.Value == hers.Value {
		return fmt.Errorf("two logins left the same cookie: %v", err)
	}
	replica := w.behindProxy()
	for i := range 50 {
		if _, _, err := w.checked(replica, "alice", "wrong", at(crowd["an IPv6 /48"](i))); err != nil {
			return err
		}
	}
	forged := func(value string) *http.Cookie { return &http.Cookie{Name: hers.Name, Value: value} }
	flipped := []byte(hers.Value)
	flipped[0] ^= 1
	for what, c := range map[string]struct {
		header http.Header
		known  bool
	}{
		"none":                   {at("192.0.2.1"), false},
		"bob's":                  {at("192.0.2.2", his), false},
		"one that was changed":   {at("192.0.2.3", forged(string(flipped))), false},
		"half of one":            {at("192.0.2.4", forged(hers.Value[:20])), false},
		"an empty one":           {at("192.0.2.5", forged("")), false},
		"bob's beside her own":   {at("192.0.2.6", his, hers), true},
		"rubbish beside her own": {at("192.0.2.7", forged("x"), hers), true},
	} {
		checked, _, err := w.checked(replica, "alice", "wrong", c.header)
		if err != nil || checked != c.known {
			return fmt.Errorf("with %s the password was checked: %v, want %v; %v", what, checked, c.known, err)
		}
	}
	// A device that guesses loses its recognition.
	n := 0
	for range 100 {
		checked, _, err := w.checked(replica, "alice", "wrong", at("192.0.2.8", hers))
		if err != nil {
			return err
		}
		if checked {
			n++
		}
	}
	if n > 10 {
		return fmt.Errorf("%d of 100 guesses of a known device were checked, want at most 10", n)
	}
	w.advance(91 * 24 * time.Hour)
	for i := range 50 {
		if _, _, err := w.checked(replica, "alice", "wrong", at(crowd["an IPv6 /48"](i))); err != nil {
			return err
		}
	}
	if checked, _, err := w.checked(replica, "alice", "wrong", at("192.0.2.9", hers)); err != nil || checked {
		return fmt.Errorf("a device is recognised longer than its cookie lasts: %v", err)
	}
	return nil
}

// safeDevice checks which cookie is set, when, and for whom.
func safeDevice(w *world) error {
	replica := w.behindProxy()
	w.config = func(c *api.Config) {
		c.Listen, c.DemoUsers, c.TrustProxies = "0.0.0.0:0", false, []string{"127.0.0.0/8"}
	}
	replicas := map[int]bool{replica: false}
	if w.scheme.Carrier != Name { // the control has no such address
		w.urls = append(w.urls, w.serve(len(w.urls)))
		replicas[len(w.urls)-1] = true
	}
	for replica, secure := range replicas {
		c, err := w.device(replica, "alice", nil)
		if err != nil {
			return err
		}
		switch {
		case !c.HttpOnly:
			return errors.New("scripts can read the cookie of a device")
		case c.SameSite != http.SameSiteStrictMode:
			return errors.New("another site's page can send the cookie of a device")
		case c.Secure != secure || strings.HasPrefix(c.Name, "__Secure-") != secure:
			return fmt.Errorf("the cookie %s has Secure %v, want %v", c.Name, c.Secure, secure)
		case c.Domain != "" || c.MaxAge < 24*3600 || c.MaxAge > 400*24*3600:
			return fmt.Errorf("the cookie of a device has domain %q and lasts %d s", c.Domain, c.MaxAge)
		case strings.Contains(c.Value, "alice"):
			return errors.New("the cookie of a device names its account")
		}
	}
	if c, err := w.device(replica, "load-000001", nil); err == nil {
		return fmt.Errorf("a load user, whose password cannot be guessed, got %s", c.Name)
	}
	for name, password := range map[string]string{"alice": "wrong", "unknown": "wrong"} {
		if got, err := w.guess(replica, name, password, nil); err != nil || len(got.Cookies()) != 0 {
			return fmt.Errorf("a wrong password of %s set %q: %v", name, got.Header["Set-Cookie"], err)
		}
	}
	c, err := w.login(replica, "alice", nil)
	if err != nil {
		return err
	}
	for _, call := range []call{
		{"GET", "/v1/me", nil}, {"POST", "/v1/refresh", refreshBody(c)}, {"POST", "/v1/logout", nil},
	} {
		header := c.header
		if call.path == "/v1/refresh" {
			header = refreshHeader(c)
		}
		got, err := w.do(replica, call.method, call.path, header, call.body)
		if err != nil || len(got.Cookies()) != len(sentWith(got)) {
			return fmt.Errorf("%s set a cookie of the device: %v", call.path, err)
		}
	}
	return nil
}
