package store_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"authlab/servers/session/store"
	"authlab/servers/user"
)

func TestSessionKeepsItsRecord(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		s := w.login(t, "u1")
		want, _ := store.RecordOf(s)
		got, ok := w.who(t, s.ID)
		if !ok || !got.Created.Equal(want.Created) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		got.Created = want.Created
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if d := time.UnixMilli(want.Ends).Sub(want.Created); d != w.life.Absolute {
			t.Errorf("lifetime %v, want %v", d, w.life.Absolute)
		}
	})
}

func TestCookie(t *testing.T) {
	w := memoryWorld(t)
	r, rw := request(""), httptest.NewRecorder()
	s, _ := w.store.New(r, cookieName)
	store.SetRecord(s, store.Record{User: "u1", Device: "d"})
	if err := w.store.Save(r, rw, s); err != nil {
		t.Fatal(err)
	}
	header := rw.Header().Get("Set-Cookie")
	c := rw.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.Secure {
		t.Errorf("attributes of %s", header)
	}
	if len(header) > 4096 || c.MaxAge != int(w.life.Absolute.Seconds()) {
		t.Errorf("size or age of %s", header)
	}
	if rec, _ := store.RecordOf(s); strings.Contains(rec.Device, c.Value) || c.Value != s.ID {
		t.Error("the device reveals the id, or the cookie is not the id")
	}
}

func TestInventedIDIsNeverAdopted(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		invented := strings.Repeat("A", 43)
		r := request(invented)
		s, err := w.store.New(r, cookieName)
		if err != nil || !s.IsNew || s.ID != "" {
			t.Fatalf("new = %v, id %q, %v", s.IsNew, s.ID, err)
		}
		store.SetRecord(s, store.Record{User: "u1", Device: "d"})
		if err := w.store.Save(r, httptest.NewRecorder(), s); err != nil || s.ID == invented {
			t.Fatalf("id %q, %v", s.ID, err)
		}
		w.wantAlive(t, invented, false)
		w.wantAlive(t, s.ID, true)
	})
}

func TestOneSpellingOfAnID(t *testing.T) {
	w := memoryWorld(t)
	id := w.login(t, "u1").ID
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", id[42])
	sibling := id[:42] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last|1])
	for name, other := range map[string]string{
		"padded": id + "=", "short": id[:42], "stray bits": sibling, "quoted": `"` + id + `"`,
		"standard alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(id[:42]) + "=", "empty": "", "long": id + id,
		"path": "../" + id[3:],
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", cookieName+"="+other)
		if s, err := w.store.New(r, cookieName); err != nil || !s.IsNew {
			t.Errorf("%s spelling: new %v, %v", name, s.IsNew, err)
		}
	}
	w.wantAlive(t, id, true)
}

func TestTwoCookies(t *testing.T) {
	w := memoryWorld(t)
	a, b := w.login(t, "u1").ID, w.login(t, "u2").ID
	r := request(a)
	r.AddCookie(&http.Cookie{Name: "other", Value: "x"})
	r.AddCookie(&http.Cookie{Name: cookieName, Value: a})
	if s, err := w.store.New(r, cookieName); err != nil || s.IsNew {
		t.Errorf("the same cookie twice: new %v, %v", s.IsNew, err)
	}
	r.AddCookie(&http.Cookie{Name: cookieName, Value: b})
	if s, err := w.store.New(r, cookieName); !errors.Is(err, store.ErrAmbiguous) || !s.IsNew {
		t.Errorf("two different cookies: %v", err)
	}
}

func TestIdle(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		s, idle := w.login(t, "u1"), w.life.Idle
		w.advance(idle * 6 / 10)
		w.wantAlive(t, s.ID, true)
		w.advance(idle * 6 / 10)
		w.wantAlive(t, s.ID, true) // it slid
		w.advance(idle + idle/10)
		w.wantAlive(t, s.ID, false)
		logins, err := w.backend.Devices(t.Context(), "u1")
		if err != nil || len(logins) != 0 {
			t.Errorf("devices %v, %v", logins, err)
		}
	})
}

func TestAbsolute(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		s := w.login(t, "u1")
		began, passed := w.now(), time.Duration(0)
		for passed+w.life.Idle/2 < w.life.Absolute {
			w.wantAlive(t, s.ID, true)
			w.advance(w.life.Idle / 2)
			passed = max(passed+w.life.Idle/2, w.now().Sub(began)) // sleeping may take longer
		}
		w.advance(w.life.Idle / 2)
		w.wantAlive(t, s.ID, false)
	})
}

func TestRegenerate(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		old := w.login(t, "u1").ID
		r, rw := request(old), httptest.NewRecorder()
		s, _ := w.store.New(r, cookieName)
		before, _ := store.RecordOf(s)
		if err := w.store.Regenerate(r, rw, s); err != nil {
			t.Fatal(err)
		}
		w.wantAlive(t, old, false)
		after, ok := w.who(t, s.ID)
		if !ok || after != before || rw.Result().Cookies()[0].Value != s.ID {
			t.Errorf("moved: %v, record %+v, want %+v", ok, after, before)
		}
		logins, err := w.backend.Devices(t.Context(), "u1")
		if err != nil || len(logins) != 1 || logins[0].Device != before.Device {
			t.Errorf("devices %+v, %v", logins, err)
		}

		// A second renewal of the old id (another tab) finds nothing, and sets no cookie.
		again, _ := w.store.New(request(s.ID), cookieName)
		again.ID = old
		rw = httptest.NewRecorder()
		if err := w.store.Regenerate(r, rw, again); !errors.Is(err, store.ErrNotFound) || len(rw.Header()) != 0 {
			t.Errorf("renewing a renewed id: %v, %v", err, rw.Header())
		}
	})
}

// renew gives the session of id a new one, and returns it.
func (w *world) renew(t *testing.T, id string) string {
	t.Helper()
	r := request(id)
	s, err := w.store.New(r, cookieName)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Regenerate(r, httptest.NewRecorder(), s); err != nil {
		t.Fatal(err)
	}
	return s.ID
}

// TestEndMoved: a void id leads a logout, and nothing else, to the session that had it, however often that has moved.
func TestEndMoved(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		first, other := w.login(t, "u1").ID, w.login(t, "u1").ID
		second := w.renew(t, first)
		third := w.renew(t, second)
		for _, void := range []string{first, second} {
			w.wantAlive(t, void, false)
			err := w.store.Regenerate(request(void), httptest.NewRecorder(), w.forged(void))
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("renewing a void id: %v", err)
			}
			if err := w.store.Save(request(void), httptest.NewRecorder(), w.forged(void)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("saving under a void id: %v", err)
			}
		}
		for _, nobodys := range []string{"", "x", strings.Repeat("A", 43)} {
			if err := w.store.EndMoved(request(nobodys), cookieName); err != nil {
				t.Errorf("%q: %v", nobodys, err)
			}
		}
		w.wantAlive(t, third, true)

		for range 2 { // the second finds nothing and succeeds
			if err := w.store.EndMoved(request(first), cookieName); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, third, false)
		}
		if err := w.store.EndMoved(request(second), cookieName); err != nil {
			t.Errorf("what has ended: %v", err)
		}
		w.wantAlive(t, other, true)
		logins, err := w.backend.Devices(t.Context(), "u1")
		if err != nil || len(logins) != 1 {
			t.Errorf("devices %+v, %v", logins, err)
		}
	})
}

// forged is a session of u1 under any id, as held by a request that read it while the id was valid.
func (w *world) forged(id string) *sessions.Session {
	s := w.store.Empty(cookieName)
	s.ID, s.IsNew = id, false
	store.SetRecord(s, store.Record{User: "u1", Name: "name of u1", Role: user.RoleUser, Device: store.NewDevice()})
	return s
}

func TestTracesFade(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *world{
		"memory":    func(t *testing.T) *world { return memoryWorld(t) },
		"miniredis": func(t *testing.T) *world { return miniWorld(t) },
		"redis": func(t *testing.T) *world {
			w, server := lastingWorld(t, patient)
			w.advance = server.Age
			return w
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			early, late := w.login(t, "u1").ID, w.login(t, "u1").ID
			renewedEarly, renewedLate := w.renew(t, early), w.renew(t, late)
			const rest = 3 * time.Second // which a real Redis does not reach by itself
			w.advance(store.TraceFor - rest)
			if err := w.store.EndMoved(request(early), cookieName); err != nil {
				t.Error(err)
			}
			w.advance(rest)
			if err := w.store.EndMoved(request(late), cookieName); err != nil {
				t.Error(err)
			}
			w.wantAlive(t, renewedEarly, false)
			w.wantAlive(t, renewedLate, true)
		})
	}
}

func TestSaveNeverResurrects(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		id := w.login(t, "u1").ID
		slow, _ := w.store.New(request(id), cookieName)

		r, rw := request(id), httptest.NewRecorder()
		logout, _ := w.store.New(r, cookieName)
		logout.Options.MaxAge = -1
		if err := w.store.Save(r, rw, logout); err != nil {
			t.Fatal(err)
		}
		if c := rw.Result().Cookies()[0]; c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("logout's cookie %v", c)
		}

		rw = httptest.NewRecorder()
		if err := w.store.Save(request(id), rw, slow); !errors.Is(err, store.ErrNotFound) || len(rw.Header()) != 0 {
			t.Errorf("slow save: %v, %v", err, rw.Header())
		}
		w.wantAlive(t, id, false)
	})
}

func TestSaveNeverGivesBackARole(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		id := w.login(t, "u1").ID
		if err := w.backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2); err != nil {
			t.Fatal(err)
		}
		r := request(id)
		slow, _ := w.store.New(r, cookieName)
		if err := w.backend.SetRole(t.Context(), "u1", user.RoleUser, 3); err != nil {
			t.Fatal(err)
		}
		rec, _ := store.RecordOf(slow)
		if rec.Role != user.RoleAdmin {
			t.Fatalf("role %q before", rec.Role)
		}
		rec.Agent = "another agent"
		store.SetRecord(slow, rec)
		if err := w.store.Save(r, httptest.NewRecorder(), slow); err != nil {
			t.Fatal(err)
		}
		if got, _ := w.who(t, id); got.Role != user.RoleUser || got.Agent != "another agent" {
			t.Errorf("after the slow save: %+v", got)
		}
	})
}

func TestSetRoleKeepsTheTimeToLive(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		id := w.login(t, "u1").ID
		w.advance(w.life.Idle / 2)
		if err := w.backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2); err != nil {
			t.Fatal(err)
		}
		w.advance(w.life.Idle * 6 / 10)
		w.wantAlive(t, id, false)
	})
}

func TestDevices(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		var ids, devices []string
		for range 5 {
			s := w.login(t, "u1")
			rec, _ := store.RecordOf(s)
			ids, devices = append(ids, s.ID), append(devices, rec.Device)
		}
		other := w.login(t, "u2").ID

		w.advance(w.life.Idle / 5)
		w.wantAlive(t, ids[0], true)
		logins, err := w.backend.Devices(ctx, "u1")
		if err != nil || len(logins) != 5 {
			t.Fatalf("%d devices, %v", len(logins), err)
		}
		for _, l := range logins {
			idle := w.now().Sub(l.LastSeen)
			if recent := l.Device == devices[0]; recent != (idle < w.life.Idle/10) {
				t.Errorf("device idle for %v of %v, just seen: %v", idle, w.life.Idle, recent)
			}
		}

		if err := w.backend.EndDevice(ctx, "u2", devices[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another user's device: %v", err)
		}
		if err := w.backend.EndDevice(ctx, "u1", devices[1]); err != nil {
			t.Error(err)
		}
		if err := w.backend.EndDevice(ctx, "u1", devices[1]); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the same device again: %v", err)
		}
		if err := w.backend.EndUser(ctx, "u1", devices[2]); err != nil {
			t.Error(err)
		}
		for i, id := range ids {
			w.wantAlive(t, id, i == 2)
		}
		if err := w.backend.EndUser(ctx, "u1", ""); err != nil {
			t.Error(err)
		}
		w.wantAlive(t, ids[2], false)
		w.wantAlive(t, other, true)
		if err := w.backend.EndUser(ctx, "unknown", ""); err != nil {
			t.Error(err)
		}
	})
}

func TestManyDevicesOfOneUser(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		var ids []string // more than one batch of a scan
		for len(ids) < 700 {
			ids = append(ids, w.login(t, "u1").ID)
		}
		if err := w.backend.SetRole(t.Context(), "u1", user.RoleAdmin, 2); err != nil {
			t.Fatal(err)
		}
		logins, err := w.backend.Devices(t.Context(), "u1")
		if err != nil || len(logins) != len(ids) {
			t.Errorf("%d devices of %d, %v", len(logins), len(ids), err)
		}
		for _, l := range logins {
			if l.Role != user.RoleAdmin {
				t.Fatal("a device kept its old role")
			}
		}
		if err := w.backend.EndUser(t.Context(), "u1", ""); err != nil {
			t.Fatal(err)
		}
		if logins, _ := w.backend.Devices(t.Context(), "u1"); len(logins) != 0 {
			t.Errorf("%d devices left", len(logins))
		}
	})
}

func TestSaveWithoutRecord(t *testing.T) {
	w := memoryWorld(t)
	r, rw := request(""), httptest.NewRecorder()
	s, _ := w.store.Get(r, cookieName)
	if again, _ := w.store.Get(r, cookieName); again != s {
		t.Error("the registry does not remember the session")
	}
	if err := w.store.Save(r, rw, s); err == nil || len(rw.Header()) != 0 {
		t.Errorf("saved nothing: %v, %v", err, rw.Header())
	}
}
