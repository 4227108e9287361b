package store_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"authlab/servers/redis"
	"authlab/servers/session/store"
	"authlab/servers/session/store/storetest"
)

// TestNoRenewalAfterAnOutage: a renewal that failed because the store hung is not executed when the store resumes: the
// client has the old id, and no client has the new one.
func TestNoRenewalAfterAnOutage(t *testing.T) {
	server := storetest.Redis(t, "")
	where := redis.Options{Address: server.Addr, AnswerWithin: time.Second}
	o := lasting(patient)
	for name, w := range map[string]*world{
		"near":  nearAt(t, where, o),
		"redis": (&world{life: o.Lifetimes, now: o.Now}).open(connect(t, where, o.RedisOptions)),
	} {
		id := w.renew(t, w.login(t, "u1").ID) // the store knows the script
		s, err := w.store.New(request(id), cookieName)
		if err != nil || s.IsNew {
			t.Fatal(name, err)
		}
		server.Pause()
		if err := w.store.Regenerate(request(id), httptest.NewRecorder(), s); err == nil {
			t.Errorf("%s: renewed by a hung store", name)
		}
		server.Resume()
		w.wantBackWithin(t, id, patient)
		w.wantAlive(t, w.renew(t, id), true)
	}
}

// TestTooLateToMove: a renewal that reaches the store after its caller has given up changes nothing.
func TestTooLateToMove(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		s := w.login(t, "u1")
		rec, _ := store.RecordOf(s)
		fresh := strings.Repeat("B", 42) + "A"
		if err := store.MoveLate(t.Context(), w.backend, s.ID, fresh, rec); err == nil {
			t.Error("it says that it moved the session")
		}
		w.wantAlive(t, fresh, false)
		w.wantAlive(t, w.renew(t, s.ID), true)
	})
}
