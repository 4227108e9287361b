package apitest

import (
	"fmt"
	"net/http"
	"time"

	"authlab/servers/stall"
)

// used makes the request that keeps a login alive: any request for a session, a refresh for tokens.
func (w *world) used(c credential, replica int) (credential, error) {
	if c.refresh != "" || signed(w.scheme) {
		return w.renew(c, replica)
	}
	got, err := w.want(http.StatusOK, replica, "GET", "/v1/me", c.header, nil)
	if err != nil || len(sentWith(got)) == 0 {
		return c, err
	}
	c.header = http.Header{} // as a browser does
	for _, cookie := range sentWith(got) {
		c.header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	return c, nil
}

// renew refreshes a credential, which must work for the same user afterwards.
func (w *world) renew(c credential, replica int) (credential, error) {
	got, err := w.want(http.StatusOK, replica, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c))
	if err != nil {
		return c, err
	}
	renewed, err := w.credentialOf(got)
	if err != nil {
		return c, err
	}
	if was, is := c.answer.User, renewed.answer.User; was.ID != is.ID || was.Name != is.Name {
		return c, fmt.Errorf("a refresh of %s gave %s", was.Name, is.Name)
	}
	return renewed, nil
}

// lives checks that a login still works: it can be renewed, and the result works everywhere.
func (w *world) lives(c credential) (credential, error) {
	renewed, err := w.renew(c, len(w.urls)-1)
	if err != nil {
		return c, fmt.Errorf("a login that should live: %w", err)
	}
	return renewed, w.everywhere(http.StatusOK, "GET", "/v1/me", renewed.header, nil)
}

// spared checks that a login that should survive outlives the ended ones, and the guarantee. If the guarantee is as
// long as a login lasts, no login survives it.
func (w *world) spared(c credential) error {
	if w.scheme.Stateless {
		return w.over(c)
	}
	_, err := w.lives(c)
	return err
}

// over checks that ended credentials work on no replica.
func (w *world) over(all ...credential) error {
	for _, c := range all {
		if err := w.everywhere(http.StatusUnauthorized, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c)); err != nil {
			return fmt.Errorf("renewing what has ended: %w", err)
		}
	}
	for _, c := range all {
		for _, path := range []string{"/v1/me", "/v1/balance"} {
			if err := w.everywhere(http.StatusUnauthorized, "GET", path, c.header, nil); err != nil {
				return fmt.Errorf("using what has ended: %w", err)
			}
		}
	}
	return nil
}

// dead checks that credentials were ended: they cannot be renewed from now on (if the servers remember logins), nor
// used once the guarantee has passed.
func (w *world) dead(all ...credential) error {
	if w.scheme.Within > 0 {
		for _, c := range all {
			if w.scheme.Stateless {
				break
			}
			err := w.everywhere(http.StatusUnauthorized, "POST", "/v1/refresh", refreshHeader(c), refreshBody(c))
			if err != nil {
				return fmt.Errorf("renewing what was ended, at once: %w", err)
			}
		}
		if err := w.pass(func() bool { return w.over(all...) == nil }); err != nil {
			return err
		}
	}
	return w.over(all...)
}

// machine measures how long checks were kept waiting.
var machine = stall.Begin()

// pass lets the scheme's guarantee pass, or less of it if the condition is met earlier.
func (w *world) pass(so func() bool) error {
	if !w.scheme.Pushed {
		w.advance(w.scheme.Within + time.Second)
		return nil
	}
	late := machine.Mark()
	for began := time.Now(); !so(); time.Sleep(5 * time.Millisecond) {
		if took := time.Since(began); took > w.scheme.Within+late() {
			return fmt.Errorf("after %v there is a replica that has not heard of a change", took)
		}
	}
	return nil
}
