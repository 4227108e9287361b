package store_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"authlab/servers/session/store"
)

// rejoin presents a replaced id, and returns the resulting id, and for how long the browser keeps it.
func (w *world) rejoin(t *testing.T, id string) (fresh string, age int, err error) {
	t.Helper()
	rw := httptest.NewRecorder()
	s, err := w.store.Rejoin(request(id), rw, cookieName)
	if err != nil {
		if len(rw.Header()) != 0 || !s.IsNew {
			t.Errorf("it fails with %v and hands out %v", err, rw.Header())
		}
		return "", 0, err
	}
	return rw.Result().Cookies()[0].Value, rw.Result().Cookies()[0].MaxAge, nil
}

func (w *world) rejoinedFor(t *testing.T, id string) int {
	t.Helper()
	_, age, err := w.rejoin(t, id)
	if err != nil {
		t.Error(err)
	}
	return age
}

func (w *world) renewedFor(t *testing.T, id string) int {
	t.Helper()
	r, rw := request(id), httptest.NewRecorder()
	s, err := w.store.New(r, cookieName)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Regenerate(r, rw, s); err != nil {
		t.Fatal(err)
	}
	return rw.Result().Cookies()[0].MaxAge
}

// TestRejoin: a replaced id yields its successor, as often as it is presented, until that is replaced too, or ends.
func TestRejoin(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		refused := func(when, id string) {
			t.Helper()
			if _, _, err := w.rejoin(t, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", when, err)
			}
		}
		first := w.login(t, "u1").ID
		refused("an id that is not replaced", first)
		second := w.renew(t, first)
		for range 3 {
			if id, _, err := w.rejoin(t, first); err != nil || id != second {
				t.Errorf("a second tab gets another id: %v", err)
			}
			w.wantAlive(t, first, false)
			w.wantAlive(t, second, true)
		}
		third := w.renew(t, second)
		refused("two renewals ago", first)
		if id, _, err := w.rejoin(t, second); err != nil || id != third {
			t.Errorf("the one before the last: %v", err)
		}
		for what, id := range map[string]string{"none": "", "misspelt": "x", "invented": strings.Repeat("A", 43)} {
			refused(what, id)
		}
		if err := w.logout(second); err != nil {
			t.Error(err)
		}
		refused("after a logout", second)
		refused("after a logout", third)

		fourth := w.login(t, "u1").ID
		w.renew(t, fourth)
		if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
			t.Error(err)
		}
		refused("after a ban", fourth)
	})
}
