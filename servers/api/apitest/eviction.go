package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
)

// evictionChecks are for a store that makes room by dropping what it should keep. A login may be lost then. An ended
// login must not work.
var evictionChecks = []check{
	{"R04 an ending reaches what a store under pressure still holds", evicts, endingsReach},
}

func evicts(s Scheme) bool { return s.Evict != nil }

// An ending is a way to end a user's logins, or a right of theirs.
type ending struct {
	what string
	end  func(w *world, admin credential, p pressed) error
	// both means that both devices of the user have ended, not only the second; asks is the call that is refused. admin
	// means that another user makes it, whichever of the two logins is left.
	both  bool
	asks  string
	admin bool
}

// errRefused means that an ending was refused, so it claims nothing.
var errRefused = errors.New("refused")

var endings = []ending{
	{"a logout", func(w *world, _ credential, p pressed) error {
		return w.change(0, "POST", "/v1/logout", p.devices[1].header, nil)
	}, false, "/v1/me", false},
	{"a logout of all", func(w *world, _ credential, p pressed) error {
		return w.change(0, "POST", "/v1/logout-all", p.devices[0].header, nil)
	}, true, "/v1/me", false},
	{"an admin's end", func(w *world, admin credential, p pressed) error {
		return w.change(0, "DELETE", p.path("sessions"), admin.header, nil)
	}, true, "/v1/me", true},
	{"a ban", func(w *world, admin credential, p pressed) error {
		return w.change(0, "POST", p.path("disable"), admin.header, nil)
	}, true, "/v1/me", true},
	{"the end of a device from another", func(w *world, _ credential, p pressed) error {
		return w.change(0, "DELETE", "/v1/sessions/"+p.id, p.devices[0].header, nil)
	}, false, "/v1/me", false},
	{"a new password", func(w *world, _ credential, p pressed) error {
		body := map[string]string{"old": w.password(p.name()), "new": "a better password"}
		return w.change(0, "PUT", "/v1/password", p.devices[0].header, body)
	}, false, "/v1/me", false},
	{"a login that presents it", func(w *world, _ credential, p pressed) error {
		body := map[string]string{"username": p.name(), "password": w.password(p.name())}
		got, err := w.do(0, "POST", "/v1/login", p.devices[1].header, body)
		if err == nil && got.StatusCode != http.StatusOK { // a full store has no room for it
			err = errRefused
		}
		return err
	}, false, "/v1/me", false},
	{"a new role", func(w *world, admin credential, p pressed) error {
		return w.change(0, "PUT", p.path("role"), admin.header, map[string]string{"role": "user"})
	}, true, "/v1/admin/users", true},
}

// pressed is the user of an ending, before the store is under pressure.
type pressed struct {
	ending
	devices []credential
	id      string // the second device's
}

func (p pressed) name() string { return p.devices[0].answer.User.Name }

func (p pressed) path(what string) string {
	return "/v1/admin/users/" + p.devices[0].answer.User.ID + "/" + what
}

// ended returns the devices that the ending applies to.
func (p pressed) ended() []credential {
	if p.both {
		return p.devices
	}
	return p.devices[1:]
}

// pressedUsers makes some for each ending. Those who will lose a role are admins until then.
func (w *world) pressedUsers(admin credential) (all []pressed, err error) {
	const each = 4
	for i, e := range endings {
		for n := range each {
			p, name := pressed{ending: e}, fmt.Sprintf("load-%06d", 1+i*each+n)
			for d := range 2 {
				c, err := w.login(d%len(w.urls), name, nil)
				if err != nil {
					return nil, err
				}
				p.devices = append(p.devices, c)
			}
			if e.what == "a new role" {
				if err := w.change(0, "PUT", p.path("role"), admin.header, map[string]string{"role": "admin"}); err != nil {
					return nil, err
				}
			}
			if _, p.id, err = w.devices(p.devices[1]); err != nil {
				return nil, err
			}
			all = append(all, p)
		}
	}
	return all, nil
}

// endingsReach: all users keep using their logins, which protects those, while the store drops the rest. Then each
// ending is made with a surviving login, and what it ended is refused wherever it still works.
func endingsReach(w *world) error {
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	all, err := w.pressedUsers(admin)
	if err != nil {
		return err
	}
	var using error
	w.scheme.Evict(func() {
		_, err := w.honoured(0, admin)
		for _, p := range all {
			_, first := w.honoured(0, p.devices[0])
			_, second := w.honoured(0, p.devices[1])
			err = errors.Join(err, first, second)
		}
		using = errors.Join(using, err)
	})
	if using != nil {
		return fmt.Errorf("a login in use, while the store was put under pressure: %w", using)
	}
	made := 0
	var errs []error
	for _, p := range all {
		if admin, err = w.still(admin); err != nil {
			return err
		}
		switch there, err := w.bothHonoured(p); {
		case err != nil:
			return err
		case !there && !p.admin:
			continue // a store that drops at random has dropped one: no login is left to act, or to be ended
		}
		err := p.end(w, admin, p)
		if err == nil {
			made++
			err = p.holds(w)
		}
		if !errors.Is(err, errRefused) {
			errs = append(errs, err)
		}
	}
	if made == 0 {
		errs = append(errs, errors.New("no login in use was left to be ended"))
	}
	return errors.Join(errs...)
}

// honoured reports whether a credential is accepted, whatever its role: 200 or 401; anything else is an error.
func (w *world) honoured(replica int, c credential) (bool, error) {
	got, err := w.do(replica, "GET", "/v1/me", c.header, nil)
	if err == nil && got.StatusCode != http.StatusOK && got.StatusCode != http.StatusUnauthorized {
		err = fmt.Errorf("GET /v1/me: status %d: %.300s", got.StatusCode, got.body)
	}
	return err == nil && got.StatusCode == http.StatusOK, err
}

func (w *world) bothHonoured(p pressed) (bool, error) {
	first, err := w.honoured(0, p.devices[0])
	if err != nil {
		return false, err
	}
	second, err := w.honoured(0, p.devices[1])
	return first && second, err
}

// still returns an admin's login, a new one if the store has dropped it.
func (w *world) still(admin credential) (credential, error) {
	if there, err := w.honoured(0, admin); there || err != nil {
		return admin, err
	}
	return w.login(0, "admin", nil)
}

// holds checks what an ending has made of its user's logins.
func (p pressed) holds(w *world) error {
	refused := func() error {
		for _, c := range p.ended() {
			for i := range w.urls {
				got, err := w.do(i, "GET", p.asks, c.header, nil)
				if err != nil {
					return err
				}
				if got.StatusCode != http.StatusUnauthorized && got.StatusCode != http.StatusForbidden {
					return fmt.Errorf("after %s: GET %s on replica %d: status %d", p.what, p.asks, i, got.StatusCode)
				}
			}
		}
		return nil
	}
	if w.scheme.Within > 0 {
		if err := w.pass(func() bool { return refused() == nil }); err != nil {
			return fmt.Errorf("after %s: %w", p.what, err)
		}
	}
	return refused()
}

// Evicting checks only what is required of a scheme while its store drops what it should keep.
func Evicting(t *testing.T, s Scheme) {
	for _, c := range evictionChecks {
		if err := c.hold(t, s); err != nil {
			t.Error(err)
		}
	}
}
