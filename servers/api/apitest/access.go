package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// accessChecks are derived from the document, so that a newly added call that does not authenticate fails.
var accessChecks = []check{
	{"R04 every call asks who sends it", nil, everyCallAsks},
	{"R07 only an admin may change others, and not themselves", nil, adminsOnly},
	{"R22 every body has its type and its limit", ofServer, everyBodyIsBounded},
	{"R19 guessing the old password is slowed down too", nil, oldPasswordIsNotGuessed},
}

// described returns the calls of the document for which is returns true, with x in place of their path parameters.
func described(is func(path string, answers func(status int) bool, hasBody bool) bool) (calls []call) {
	d, _ := document() // newSpy has tried it
	for path, item := range d.Paths.Map() {
		for method, operation := range item.Operations() {
			answers := func(status int) bool { return operation.Responses.Status(status) != nil }
			if is(path, answers, operation.RequestBody != nil) {
				calls = append(calls, call{method: method, path: strings.ReplaceAll(path, "{id}", "x")})
			}
		}
	}
	slices.SortFunc(calls, func(a, b call) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return calls
}

func everyCallAsks(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	twice := http.Header{}
	for name, values := range c.header {
		twice[name] = []string{values[0], values[0] + "x"}
	}
	calls := described(func(path string, answers func(int) bool, _ bool) bool {
		return answers(http.StatusUnauthorized) && path != "/v1/login" && path != "/v1/refresh"
	})
	if len(calls) < 11 {
		return fmt.Errorf("the document has only %d calls that need a credential", len(calls))
	}
	var errs []error
	for _, call := range calls {
		_, none := w.want(http.StatusUnauthorized, 0, call.method, call.path, nil, nil)
		_, both := w.want(http.StatusBadRequest, 0, call.method, call.path, twice, nil)
		errs = append(errs, none, both)
		if strings.HasPrefix(call.path, "/v1/admin/") {
			_, user := w.want(http.StatusForbidden, 0, call.method, call.path, c.header, nil)
			errs = append(errs, user)
		}
	}
	_, live := w.want(http.StatusOK, 0, "GET", "/v1/me", c.header, nil)
	return errors.Join(append(errs, live)...)
}

func adminsOnly(w *world) error {
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	other, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	demoted := map[string]string{"role": "user"}
	for _, c := range []struct {
		call
		status int
	}{
		{call{"PUT", "unknown/role", demoted}, http.StatusNotFound},
		{call{"POST", "unknown/disable", nil}, http.StatusNotFound},
		{call{"DELETE", "unknown/sessions", nil}, http.StatusNotFound},
		{call{"PUT", admin.answer.User.ID + "/role", demoted}, http.StatusConflict},
		{call{"POST", admin.answer.User.ID + "/disable", nil}, http.StatusConflict},
		{call{"PUT", other.answer.User.ID + "/role", map[string]string{"role": "king"}}, http.StatusUnprocessableEntity},
		{call{"PUT", other.answer.User.ID + "/role", "{}"}, http.StatusBadRequest},
	} {
		if _, err := w.want(c.status, 0, c.method, "/v1/admin/users/"+c.path, admin.header, c.body); err != nil {
			return err
		}
	}
	for _, c := range []credential{admin, other} {
		if err := w.everywhere(http.StatusOK, "GET", "/v1/me", c.header, nil); err != nil {
			return fmt.Errorf("after changes that were refused: %w", err)
		}
	}
	return w.change(0, "PUT", "/v1/admin/users/"+other.answer.User.ID+"/role", admin.header, demoted)
}

// everyBodyIsBounded sends each call that needs a body one of another type, and one that does not end in time.
func everyBodyIsBounded(w *world) error {
	admin, err := w.login(0, "admin", nil)
	if err != nil {
		return err
	}
	calls := described(func(_ string, answers func(int) bool, hasBody bool) bool {
		return hasBody && answers(http.StatusUnprocessableEntity)
	})
	calls = append(calls, call{method: "POST", path: "/v1/login"})
	var errs []error
	for _, call := range calls {
		form := admin.header.Clone()
		form.Set("Content-Type", "application/x-www-form-urlencoded")
		_, media := w.want(http.StatusUnsupportedMediaType, 0, call.method, call.path, form, "a=b")
		_, large := w.want(http.StatusRequestEntityTooLarge, 0, call.method, call.path, admin.header,
			`{"a":"`+strings.Repeat("a", 1<<20)+`"}`)
		errs = append(errs, media, large)
	}
	return errors.Join(errs...)
}

// oldPasswordIsNotGuessed: an attacker who finds a device left logged in must not be able to guess the password with
// it.
func oldPasswordIsNotGuessed(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	for range 20 {
		body := map[string]string{"old": "wrong", "new": "a better password"}
		got, err := w.do(0, "PUT", "/v1/password", c.header, body)
		switch {
		case err != nil:
			return err
		case got.StatusCode == http.StatusTooManyRequests && got.Header.Get("Retry-After") != "":
			return nil
		case got.StatusCode != http.StatusForbidden:
			return fmt.Errorf("a wrong old password was answered %d: %.300s", got.StatusCode, got.body)
		}
	}
	return errors.New("20 old passwords in a row were tried")
}
