package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// tabChecks cover a browser whose tabs do the same at the same moment.
var tabChecks = []check{
	{"R12 tabs that refresh at once all stay logged in, as one login", authenticates, tabsRefresh},
	{"R12 a replaced id gets the new one for a short time only", replaces, replacedFades},
}

// replaces reports whether a refresh replaces a session id, and the previous id gets the new one for a while.
func replaces(s Scheme) bool { return sessionIDs(s) && s.Grace > 0 }

// atOnce refreshes one credential in n tabs at the same moment, spread over the replicas.
func (w *world) atOnce(c credential, tabs int) ([]credential, error) {
	type outcome struct {
		c   credential
		err error
	}
	done := make(chan outcome, tabs)
	begin := make(chan struct{})
	for i := range tabs {
		go func() {
			<-begin
			fresh, err := w.renew(c, i%len(w.urls))
			done <- outcome{fresh, err}
		}()
	}
	close(begin)
	var all []credential
	var errs []error
	for range tabs {
		o := <-done
		all, errs = append(all, o.c), append(errs, o.err)
	}
	return all, errors.Join(errs...)
}

func tabsRefresh(w *world) error {
	const tabs = 8
	for round := range 10 {
		before, err := w.login(0, "load-000050", nil)
		if err != nil {
			return err
		}
		all, err := w.atOnce(before, tabs)
		if err != nil {
			return fmt.Errorf("round %d: one of %d tabs was logged out: %w", round, tabs, err)
		}
		for _, c := range all {
			if err := w.everywhere(http.StatusOK, "GET", "/v1/me", c.header, nil); err != nil {
				return fmt.Errorf("round %d: what a tab was given: %w", round, err)
			}
			if replaces(w.scheme) && c.value() != all[0].value() {
				return fmt.Errorf("round %d: two tabs were given two ids", round)
			}
		}
		if err := w.oneLogin(all[0]); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if w.scheme.Stateless {
			continue
		}
		if err := w.change(round%len(w.urls), "POST", "/v1/logout", all[round%tabs].header, nil); err != nil {
			return err
		}
		if err := w.dead(append(all, before)...); err != nil {
			return fmt.Errorf("round %d, after one tab's logout: %w", round, err)
		}
	}
	return nil
}

// oneLogin checks that the user has one login, if the scheme can list it.
func (w *world) oneLogin(c credential) error {
	if !w.scheme.Lists {
		return nil
	}
	list, _, err := w.devices(c)
	if err == nil && len(list.Sessions) != 1 {
		err = fmt.Errorf("one login is listed as %d", len(list.Sessions))
	}
	return err
}

// replacedFades: the id before the latest gets the latest, nothing else, and not for long. An older id gets nothing.
func replacedFades(w *world) error {
	first, err := w.login(0, "load-000050", nil)
	if err != nil {
		return err
	}
	second, err := w.renew(first, 0)
	if err != nil {
		return err
	}
	again, err := w.renew(first, len(w.urls)-1)
	if err != nil || again.value() != second.value() {
		return fmt.Errorf("a second tab is given another id: %v", err)
	}
	third, err := w.renew(second, 0)
	if err != nil {
		return err
	}
	if err := w.over(first); err != nil {
		return fmt.Errorf("an id from two renewals ago: %w", err)
	}
	if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", second.header, nil); err != nil &&
		w.scheme.Within == 0 {
		return fmt.Errorf("an id that was replaced: %w", err)
	}
	w.advance(w.scheme.Grace + time.Second)
	if err := w.over(second); err != nil {
		return fmt.Errorf("a replaced id after the grace: %w", err)
	}
	_, err = w.lives(third)
	return err
}
