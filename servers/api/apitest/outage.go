package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// call is a request that needs a credential.
type call struct {
	method, path string
	body         any
}

// credentialCalls are all calls that ask the scheme who sent them, or change what it knows.
var credentialCalls = []call{
	{"GET", "/v1/me", nil},
	{"GET", "/v1/balance", nil},
	{"GET", "/v1/sessions", nil},
	{"DELETE", "/v1/sessions/AAAAAAAAAAAAAAAAAAAAAA", nil},
	{"POST", "/v1/transfers", map[string]any{"to": "bob", "amount": 1}},
	{"POST", "/v1/logout", nil},
	{"POST", "/v1/logout-all", nil},
	{"GET", "/v1/admin/users", nil},
}

// storeOutage takes the store away. Whatever cannot be known then is answered 503: a revoked credential is not let in,
// a valid one is not logged out.
func storeOutage(w *world) error {
	live, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	revoked, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	if _, err := w.want(http.StatusNoContent, 0, "POST", "/v1/logout", revoked.header, nil); err != nil {
		return err
	}
	if err := w.everywhere(http.StatusOK, "GET", "/v1/me", live.header, nil); err != nil {
		return err
	}

	w.scheme.StopStore()
	if w.scheme.Within > 0 { // until then a replica may use what it has heard
		err = w.pass(func() bool {
			return w.everywhere(http.StatusServiceUnavailable, "GET", "/readyz", nil, nil) == nil &&
				w.everywhere(http.StatusServiceUnavailable, "GET", "/v1/me", live.header, nil) == nil
		})
	}
	err = errors.Join(err, w.closed(live, revoked))
	w.scheme.StartStore()
	if err != nil {
		return fmt.Errorf("while the store was down: %w", err)
	}

	late, back := machine.Mark(), time.Now()
	for i := range w.urls {
		for {
			alive, err := w.alive(i, live)
			if err == nil && alive {
				break
			}
			if err == nil {
				return fmt.Errorf("replica %d has logged a user out because the store was away", i)
			}
			if time.Since(back) > 3*time.Second+late() {
				return fmt.Errorf("the store is back, but after %v replica %d still says: %w", time.Since(back), i, err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", revoked.header, nil)
}

// closed checks that every call with every credential is 503. Once reading is, the others are tried together, because
// each may wait until the store's time is up.
func (w *world) closed(credentials ...credential) error {
	for i := range w.urls {
		for _, c := range credentials {
			if err := w.unavailable(i, "GET", "/v1/me", c.header, nil); err != nil {
				return err
			}
		}
	}
	var calls sync.WaitGroup
	errs := make(chan error, len(w.urls)*len(credentials)*(len(credentialCalls)+1))
	for i := range w.urls {
		for _, c := range credentials {
			for _, call := range credentialCalls {
				calls.Go(func() { errs <- w.unavailable(i, call.method, call.path, c.header, call.body) })
			}
			calls.Go(func() { errs <- w.unavailable(i, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c)) })
		}
	}
	calls.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	for i := range w.urls {
		for _, name := range []string{"load-000002", "alice"} { // those who would get a device cookie
			body := map[string]string{"username": name, "password": w.password(name)}
			if err := w.unavailable(i, "POST", "/v1/login", nil, body); err != nil {
				return err
			}
		}
		if err := w.unavailable(i, "GET", "/readyz", nil, nil); err != nil {
			return err
		}
		if _, err := w.want(http.StatusOK, i, "GET", "/healthz", nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// unavailable checks that an answer is 503, says when to come back, and neither hands out nor clears a cookie.
func (w *world) unavailable(replica int, method, path string, header http.Header, body any) error {
	got, err := w.want(http.StatusServiceUnavailable, replica, method, path, header, body)
	switch {
	case err != nil:
		return err
	case got.Header.Get("Set-Cookie") != "":
		return fmt.Errorf("%s %s answered an outage with a Set-Cookie", method, path)
	case got.Header.Get("Retry-After") == "":
		return fmt.Errorf("%s %s answered 503 without Retry-After", method, path)
	}
	return nil
}

// accountsOutage takes the accounts database away: existing logins continue, and new ones are 503, not 401.
func accountsOutage(w *world) error {
	c, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	if err := w.accounts.Close(); err != nil {
		return err
	}
	for i := range w.urls {
		if _, err := w.want(http.StatusOK, i, "GET", "/v1/me", c.header, nil); err != nil {
			return err
		}
		if _, err := w.want(http.StatusOK, i, "GET", "/readyz", nil, nil); err != nil {
			return err
		}
		for _, name := range []string{"load-000001", "alice", "unknown"} {
			body := map[string]string{"username": name, "password": w.password(name)}
			if err := w.unavailable(i, "POST", "/v1/login", nil, body); err != nil {
				return err
			}
		}
		if err := w.unavailable(i, "GET", "/v1/balance", c.header, nil); err != nil {
			return err
		}
		if c.refresh == "" {
			continue // a session is renewed without the accounts
		}
		if err := w.unavailable(i, "POST", "/v1/refresh", nil, refreshBody(c)); err != nil {
			return err
		}
	}
	return nil
}
