package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// endingChecks cover how logins end and rights change.
var endingChecks = []check{
	{"R04 logout ends a login on every replica, and is idempotent", authenticates, logoutEnds},
	{"R04 logout with a credential that a refresh replaced ends the login", authenticates, logoutByTheReplaced},
	{"R04 a login that races its logout does not survive it", remembers, logoutWinsRaces},
	{
		"R04 requests in flight do not bring a login back",
		func(s Scheme) bool { return s.Carrier == Cookie && s.Within == 0 }, logoutWinsOverUse,
	},
	{"R05 a new password ends the other devices", authenticates, passwordEnds},
	{"R05 an admin ends a user's logins", authenticates, adminEnds},
	{"R05 a disabled account has no login and gets none", authenticates, disableEnds},
	{"R05 logout-all ends every device", authenticates, logoutAllEnds},
	{"R06 users see and end their devices", func(s Scheme) bool { return s.Lists }, devicesEnd},
	{"R06 what cannot be listed is not implemented", func(s Scheme) bool { return !s.Lists }, devicesUnknown},
	{"R06 a new password asks for the old one", nil, passwordAsks},
	{"R07 a right that was taken away is refused", authenticates, demotionHolds},
}

// change makes a request that ends logins, and checks that its answer states the scheme's guarantee.
func (w *world) change(replica int, method, path string, header http.Header, body any) error {
	got, err := w.want(http.StatusNoContent, replica, method, path, header, body)
	if err != nil {
		return err
	}
	want := strconv.Itoa(int(w.scheme.Within / time.Second))
	if within := got.Header.Get("Authlab-Effective-Within"); within != want {
		return fmt.Errorf("%s %s: Authlab-Effective-Within is %q, and the scheme's guarantee %q", method, path, within, want)
	}
	return nil
}

// five is a user's login on five devices, spread over the replicas.
func (w *world) five(name string) ([]credential, error) {
	devices := make([]credential, 5)
	for i := range devices {
		var err error
		if devices[i], err = w.login(i%len(w.urls), name, nil); err != nil {
			return nil, err
		}
	}
	for _, c := range devices {
		if err := w.everywhere(http.StatusOK, "GET", "/v1/me", c.header, nil); err != nil {
			return nil, err
		}
	}
	return devices, nil
}

func logoutEnds(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	other, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	if err := w.everywhere(http.StatusOK, "GET", "/v1/me", c.header, nil); err != nil {
		return err
	}
	// On one replica only, with the check that it also holds on the others before they hear of it.
	if err := w.change(0, "POST", "/v1/logout", c.header, nil); err != nil {
		return err
	}
	if err := w.dead(c); err != nil {
		return err
	}
	for i := range w.urls {
		for _, header := range []http.Header{c.header, nil} {
			if err := w.change(i, "POST", "/v1/logout", header, nil); err != nil {
				return fmt.Errorf("logged out already: %w", err)
			}
		}
	}
	if err := w.over(c); err != nil {
		return err
	}
	return w.spared(other)
}

// logoutByTheReplaced: the user clicked "log out" in one tab while another tab's refresh was in flight. The logout
// carries the credential that the refresh replaced, but must still end the login. If the refresh voided that
// credential, other requests with it fail.
func logoutByTheReplaced(w *world) error {
	bystander, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	for _, refreshes := range []int{1, 3} {
		before, err := w.login(0, "load-000001", nil)
		if err != nil {
			return err
		}
		latest := before
		for i := range refreshes {
			if latest, err = w.renew(latest, i%len(w.urls)); err != nil {
				return err
			}
		}
		if before.refresh == "" && w.scheme.Within == 0 {
			if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", before.header, nil); err != nil {
				return fmt.Errorf("what a refresh replaced: %w", err)
			}
		}
		if err := w.everywhere(http.StatusOK, "GET", "/v1/me", latest.header, nil); err != nil {
			return err
		}
		if err := w.change(len(w.urls)-1, "POST", "/v1/logout", before.header, nil); err != nil {
			return err
		}
		if err := w.dead(before, latest); err != nil {
			return fmt.Errorf("logout with a credential %d renewals old: %w", refreshes, err)
		}
	}
	return w.spared(bystander)
}

// logoutWinsRaces refreshes on one replica while the same login is logged out on another. Whichever comes first,
// nothing works afterwards, including what the refresh handed out.
func logoutWinsRaces(w *world) error {
	for i := range 100 {
		c, err := w.login(0, "load-000001", nil)
		if err != nil {
			return err
		}
		renewed := make(chan response, 1)
		go func() {
			got, _ := w.do(len(w.urls)-1, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c))
			renewed <- got
		}()
		_, err = w.want(http.StatusNoContent, 0, "POST", "/v1/logout", c.header, nil)
		got := <-renewed
		if err != nil {
			return err
		}
		left := []credential{c}
		if got.Response != nil && got.StatusCode == http.StatusOK {
			next, err := w.credentialOf(got)
			if err != nil {
				return err
			}
			left = append(left, next)
		}
		for _, c := range left {
			err := w.everywhere(http.StatusUnauthorized, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c))
			if err != nil {
				return fmt.Errorf("race %d: %w", i, err)
			}
		}
	}
	return nil
}

// logoutWinsOverUse logs out while other requests of the same login are in flight, each of which prolongs it.
func logoutWinsOverUse(w *world) error {
	const others = 4
	for i := range 100 {
		c, err := w.login(0, "load-000001", nil)
		if err != nil {
			return err
		}
		used := make(chan error, others)
		for n := range others {
			go func() {
				_, err := w.alive(n%len(w.urls), c) // either before or after the logout is fine
				used <- err
			}()
		}
		_, err = w.want(http.StatusNoContent, i%len(w.urls), "POST", "/v1/logout", c.header, nil)
		for range others {
			err = errors.Join(err, <-used)
		}
		if err != nil {
			return err
		}
		if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", c.header, nil); err != nil {
			return fmt.Errorf("race %d: %w", i, err)
		}
	}
	return nil
}

func passwordEnds(w *world) error {
	const name, fresh = "load-000001", "a better password"
	devices, err := w.five(name)
	if err != nil {
		return err
	}
	body := map[string]string{"old": w.password(name), "new": fresh}
	if err := w.change(0, "PUT", "/v1/password", devices[0].header, body); err != nil {
		return err
	}
	mine, err := w.lives(devices[0])
	if err != nil {
		return fmt.Errorf("the device that changed the password: %w", err)
	}
	if err := w.dead(devices[1:]...); err != nil {
		return err
	}
	if err := w.spared(mine); err != nil {
		return fmt.Errorf("the device that changed the password: %w", err)
	}
	if _, err := w.guessed(http.StatusUnauthorized, name, w.password(name)); err != nil {
		return fmt.Errorf("login with the old password: %w", err)
	}
	_, err = w.guessed(http.StatusOK, name, fresh)
	return err
}

// guessed is a login with any password and the status that it must have.
func (w *world) guessed(status int, name, password string) (response, error) {
	return w.want(status, 0, "POST", "/v1/login", nil, map[string]string{"username": name, "password": password})
}

// asAdmin makes a change that needs an admin, after checking that the user's own credential does not suffice.
func (w *world) asAdmin(user credential, method, path string, body any) error {
	if _, err := w.want(http.StatusForbidden, 0, method, path, user.header, body); err != nil {
		return err
	}
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	return w.change(len(w.urls)-1, method, path, admin.header, body)
}

func adminEnds(w *world) error {
	devices, err := w.five("load-000001")
	if err != nil {
		return err
	}
	bystander, err := w.login(0, "load-000002", nil)
	if err != nil {
		return err
	}
	path := "/v1/admin/users/" + devices[0].answer.User.ID + "/sessions"
	if err := w.asAdmin(devices[0], "DELETE", path, nil); err != nil {
		return err
	}
	if err := w.dead(devices...); err != nil {
		return err
	}
	if err := w.spared(bystander); err != nil {
		return fmt.Errorf("another user: %w", err)
	}
	_, err = w.login(0, "load-000001", nil)
	return err
}

func disableEnds(w *world) error {
	devices, err := w.five("load-000001")
	if err != nil {
		return err
	}
	path := "/v1/admin/users/" + devices[0].answer.User.ID + "/disable"
	if err := w.asAdmin(devices[0], "POST", path, nil); err != nil {
		return err
	}
	if err := w.dead(devices...); err != nil {
		return err
	}
	_, err = w.guessed(http.StatusUnauthorized, "load-000001", w.password("load-000001"))
	return err
}

func logoutAllEnds(w *world) error {
	devices, err := w.five("load-000001")
	if err != nil {
		return err
	}
	if err := w.change(0, "POST", "/v1/logout-all", devices[3].header, nil); err != nil {
		return err
	}
	return w.dead(devices...)
}
