package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// staleChecks cover rights that a credential still has and the account has lost. The scheme's guarantee says how long
// reads of one's own data may continue. Lasting changes ask the account, with every scheme.
var staleChecks = []check{
	{"R07 the account decides on lasting changes, not a credential", authenticates, staleRights},
	{"R07 a trusted caller needs no account", func(s Scheme) bool { return s.Carrier == Name }, believedCallers},
	{"R21 lasting changes wait for the accounts", authenticates, lastingOutage},
}

// stand is an admin, an admin who will lose that right, and a user whom the latter acts upon.
type stand struct{ admin, stale, victim credential }

func (w *world) stand() (s stand, err error) {
	if s.admin, err = w.login(0, "admin", nil); err != nil {
		return s, err
	}
	if s.victim, err = w.login(0, "load-000012", nil); err != nil {
		return s, err
	}
	before, err := w.login(0, "load-000011", nil)
	if err != nil {
		return s, err
	}
	path := "/v1/admin/users/" + before.answer.User.ID + "/role"
	if err := w.change(0, "PUT", path, s.admin.header, map[string]string{"role": "admin"}); err != nil {
		return s, err
	}
	s.stale, err = w.login(0, "load-000011", nil)
	return s, err
}

// adminActs are the calls that only an admin may make.
func (s stand) adminActs() []call {
	path := "/v1/admin/users/" + s.victim.answer.User.ID
	return []call{
		{"GET", "/v1/admin/users", nil},
		{"PUT", path + "/role", map[string]string{"role": "admin"}},
		{"DELETE", path + "/sessions", nil},
		{"POST", path + "/disable", nil},
	}
}

// ownActs are a user's own lasting changes.
func (s stand) ownActs(w *world) []call {
	const name = "load-000011"
	return []call{
		{"POST", "/v1/transfers", map[string]any{"to": "load-000012", "amount": 1}},
		{"PUT", "/v1/password", map[string]string{"old": w.password(name), "new": w.password(name)}},
	}
}

// staleRights takes an admin's right away, and immediately asks with the earlier credential.
func staleRights(w *world) error {
	for _, loss := range []struct {
		call       call
		admin, own int
	}{
		{call{"PUT", "/role", map[string]string{"role": "user"}}, http.StatusForbidden, 0},
		{call{"POST", "/disable", nil}, http.StatusUnauthorized, http.StatusUnauthorized},
	} {
		s, err := w.stand()
		if err != nil {
			return err
		}
		// Warm the caches of replicas: the same calls succeed before.
		for _, path := range []string{"/v1/me", "/v1/admin/users"} {
			if err := w.everywhere(http.StatusOK, "GET", path, s.stale.header, nil); err != nil {
				return fmt.Errorf("an admin, before: %w", err)
			}
		}
		id := s.victim.answer.User.ID
		same := map[string]string{"role": "user"}
		if err := w.change(0, "PUT", "/v1/admin/users/"+id+"/role", s.stale.header, same); err != nil {
			return fmt.Errorf("an admin, before: %w", err)
		}
		had, err := w.balance(s.victim)
		if err != nil {
			return err
		}
		path := "/v1/admin/users/" + s.stale.answer.User.ID + loss.call.path
		if err := w.change(0, loss.call.method, path, s.admin.header, loss.call.body); err != nil {
			return err
		}
		var errs []error
		for _, act := range s.adminActs() {
			errs = append(errs, w.everywhere(loss.admin, act.method, act.path, s.stale.header, act.body))
		}
		for _, act := range s.ownActs(w) {
			if loss.own != 0 {
				errs = append(errs, w.everywhere(loss.own, act.method, act.path, s.stale.header, act.body))
			}
		}
		if err := errors.Join(append(errs, w.untouched(s, had))...); err != nil {
			return fmt.Errorf("after %s %s: %w", loss.call.method, loss.call.path, err)
		}
	}
	return nil
}

// untouched checks that refused acts have changed nothing for their victim.
func (w *world) untouched(s stand, had int64) error {
	type page struct {
		Users []struct {
			Name, Role string
			Disabled   bool
		}
	}
	got, err := w.want(http.StatusOK, 0, "GET", "/v1/admin/users?limit=1&after=load-000011", s.admin.header, nil)
	if err != nil {
		return err
	}
	p, err := decoded[page](got)
	if err != nil {
		return err
	}
	if len(p.Users) != 1 || p.Users[0].Name != "load-000012" || p.Users[0].Role != "user" || p.Users[0].Disabled {
		return fmt.Errorf("refused acts left %+v", p.Users)
	}
	if has, err := w.balance(s.victim); err != nil || has != had {
		return fmt.Errorf("refused acts left a balance of %d of %d: %v", has, had, err)
	}
	return w.everywhere(http.StatusOK, "GET", "/v1/me", s.victim.header, nil)
}

// believedCallers: the control looks nothing up, so that its cost is the baseline.
func believedCallers(w *world) error {
	victim, err := w.login(0, "load-000012", nil)
	if err != nil {
		return err
	}
	stranger := http.Header{"Authlab-User": {"0;stranger;admin"}}
	for _, act := range (stand{victim: victim}).adminActs() {
		status := http.StatusNoContent
		if act.method == "GET" {
			status = http.StatusOK
		}
		if _, err := w.want(status, 0, act.method, act.path, stranger, act.body); err != nil {
			return err
		}
	}
	return nil
}

// lastingOutage takes the accounts away: what cannot be decided does not happen.
func lastingOutage(w *world) error {
	s, err := w.stand()
	if err != nil {
		return err
	}
	if err := w.accounts.Close(); err != nil {
		return err
	}
	for i := range w.urls {
		for _, act := range append(s.adminActs(), s.ownActs(w)...) {
			if err := w.unavailable(i, act.method, act.path, s.stale.header, act.body); err != nil {
				return err
			}
		}
	}
	return nil
}

// role returns the role that a replica grants a credential, or "" if it no longer accepts it.
func (w *world) role(replica int, c credential) (string, error) {
	got, err := w.do(replica, "GET", "/v1/me", c.header, nil)
	if err != nil || got.StatusCode == http.StatusUnauthorized {
		return "", err
	}
	var who person
	if err := json.Unmarshal(got.body, &who); err != nil || got.StatusCode != http.StatusOK || who.ID != c.answer.User.ID {
		return "", fmt.Errorf("GET /v1/me answered %d %.300s", got.StatusCode, got.body)
	}
	return who.Role, nil
}
