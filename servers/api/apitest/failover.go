package apitest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"authlab/servers/api"
)

// Stores are two copies of a scheme's store behind one address, which the scheme's Args point to.
type Stores struct {
	// Demote makes the copy behind the address read-only and cuts its updates, and makes the other the master. Connections
	// stay where they are.
	Demote func()
	// Promote points the address to the master.
	Promote func()
	// Master is the command line that leads to the other copy, whatever the address does.
	Master []string
	// Unfit are stores that answer but cannot do the work.
	Unfit []Unfit
	// Fill fills the store or makes room again, if a full store refuses new data.
	Fill func(full bool)
}

// Unfit is such a store: what it is, the command line that leads to it, and what the server must say.
type Unfit struct{ What, Arg, Says string }

// Failover checks what a scheme must do while it is connected to the wrong store.
func Failover(t *testing.T, s Scheme, stores Stores) {
	t.Parallel()
	for _, c := range []check{
		{"no server starts on a store that cannot do the work", nil, func(w *world) error { return unfit(w, stores) }},
		{
			"a full store takes no replica out of rotation", func(Scheme) bool { return stores.Fill != nil },
			func(w *world) error { return full(w, stores) },
		},
		{"a failover is survived", nil, func(w *world) error { return failover(w, stores) }},
	} {
		if c.applies != nil && !c.applies(s) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if err := c.hold(t, s); err != nil {
				t.Error(err)
			}
		})
	}
}

// unfit checks that a server does not start, and says why in one sentence.
func unfit(w *world, stores Stores) (all error) {
	if len(stores.Unfit) == 0 {
		return errors.New("no store is unfit: nothing is checked")
	}
	args := w.scheme.Args
	defer func() { w.scheme.Args = args }()
	for _, u := range stores.Unfit {
		w.scheme.Args = append(args[:len(args):len(args)], u.Arg)
		server, err := w.open(9)
		if err == nil {
			server.Close()
		}
		var usage api.Usage
		if !errors.As(err, &usage) || !strings.Contains(usage.Sentence, u.Says) || strings.Contains(usage.Sentence, "\n") {
			all = errors.Join(all, fmt.Errorf("%s: the server says %v, which has no %q", u.What, err, u.Says))
		}
	}
	return all
}

// full checks that existing logins keep working while the store takes no new data, and that new ones are refused.
// /readyz must say so but stay 200, because no other replica could do more.
func full(w *world, stores Stores) error {
	live, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	stores.Fill(true)
	works := func() error { return w.everywhere(http.StatusOK, "GET", "/v1/me", live.header, nil) }
	err = errors.Join(w.weakened(true), works(), w.refusesNew(live))
	stores.Fill(false)
	return errors.Join(err, w.weakened(false), works())
}

// weakened checks that every replica is ready, and whether it reports that something is not guaranteed.
func (w *world) weakened(want bool) error {
	for i := range w.urls {
		got, err := w.want(http.StatusOK, i, "GET", "/readyz", nil, nil)
		if err != nil {
			return err
		}
		if is := strings.Contains(string(got.body), `"weakened"`); is != want {
			return fmt.Errorf("replica %d: weakened is %v, want %v: %s", i, is, want, got.body)
		}
	}
	return nil
}

// refusesNew checks that what needs room in the store is 503: a login; a revocation, where the store has those; and a
// renewal, because it hands out a token that could not be revoked.
func (w *world) refusesNew(live credential) error {
	body := map[string]string{"username": "load-000002", "password": w.password("load-000002")}
	err := w.unavailable(0, "POST", "/v1/login", nil, body)
	if signed(w.scheme) {
		err = errors.Join(err, w.unavailable(0, "POST", "/v1/logout", live.header, nil),
			w.unavailable(0, "POST", "/v1/refresh", refreshHeader(live), refreshBody(live)))
	}
	return err
}

// failover ends a login at the new master while the replicas are still connected to the old one.
func failover(w *world, stores Stores) error {
	live, err := w.login(0, "load-000001", nil)
	if err != nil {
		return err
	}
	ended, err := w.login(0, "load-000002", nil)
	if err != nil {
		return err
	}
	for _, c := range []credential{live, ended} {
		if err := w.everywhere(http.StatusOK, "GET", "/v1/me", c.header, nil); err != nil {
			return err
		}
	}
	stores.Demote()
	if err := w.endElsewhere(ended, stores.Master); err != nil {
		return err
	}
	demoted := func() error {
		// The order matters: the readiness check makes a server look for the master, and requests must not need that.
		return errors.Join(w.closed(ended, live), w.everywhere(http.StatusServiceUnavailable, "GET", "/readyz", nil, nil))
	}
	if w.scheme.Within > 0 {
		if err := w.pass(func() bool { return demoted() == nil }); err != nil {
			return fmt.Errorf("the store is no longer the master: %w: %w", err, demoted())
		}
	}
	if err := demoted(); err != nil {
		return fmt.Errorf("the store is no longer the master: %w", err)
	}
	stores.Promote()
	return w.recovers(live, ended)
}

// endElsewhere ends a login on a server that is connected to the master.
func (w *world) endElsewhere(c credential, master []string) error {
	args, replicas := w.scheme.Args, w.urls
	defer func() { w.scheme.Args, w.urls = args, replicas }()
	w.scheme.Args = append(args[:len(args):len(args)], master...)
	w.urls = append(replicas[:len(replicas):len(replicas)], w.serve(len(replicas)))
	_, err := w.want(http.StatusNoContent, len(replicas), "POST", "/v1/logout", c.header, nil)
	return err
}

// recovers checks that the replicas find the master within a few seconds, without a restart, with the logins that it
// has.
func (w *world) recovers(live, ended credential) error {
	var err error
	late := machine.Mark()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		err = errors.Join(w.everywhere(http.StatusOK, "GET", "/readyz", nil, nil),
			w.everywhere(http.StatusOK, "GET", "/v1/me", live.header, nil))
		if err == nil {
			break
		}
		if took := time.Since(began); took > 10*time.Second+late() {
			return fmt.Errorf("%v after the address leads to the master: %w", took, err)
		}
	}
	if _, err := w.lives(live); err != nil {
		return err
	}
	if err := w.everywhere(http.StatusUnauthorized, "GET", "/v1/me", ended.header, nil); err != nil {
		return fmt.Errorf("using what was ended during the failover: %w", err)
	}
	_, err = w.login(0, "load-000003", nil)
	return err
}
