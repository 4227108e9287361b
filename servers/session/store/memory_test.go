package store_test

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"authlab/servers/session/store"
)

func TestMemoryIsBounded(t *testing.T) {
	c := newClock()
	w := &world{life: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}, advance: c.advance, now: c.now}
	m := store.NewMemory(w.life, 3, c.now)
	defer func() { _ = m.Close() }()
	w.open(m)

	ids := []string{w.login(t, "u1").ID, w.login(t, "u2").ID, w.login(t, "u3").ID}
	r, rw := request(""), httptest.NewRecorder()
	s, _ := w.store.New(r, cookieName)
	store.SetRecord(s, store.Record{User: "u4"})
	if err := w.store.Save(r, rw, s); !errors.Is(err, store.ErrFull) || len(rw.Header()) != 0 {
		t.Errorf("a fourth login: %v, %v", err, rw.Header())
	}
	for _, id := range ids {
		w.wantAlive(t, id, true) // no session is pushed out
	}

	w.advance(w.life.Idle + time.Second)
	w.wantAlive(t, w.login(t, "u4").ID, true) // expired ones make room
}

// TestTracesAreBounded: a user who renews in a loop costs others their traces, but neither memory nor sessions.
func TestTracesAreBounded(t *testing.T) {
	c := newClock()
	w := &world{life: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}, advance: c.advance, now: c.now}
	m := store.NewMemory(w.life, 10, c.now)
	defer func() { _ = m.Close() }()
	w.open(m)
	victim := w.login(t, "u1").ID
	renewed := w.renew(t, victim)
	var old string
	id := w.login(t, "u2").ID
	for range 100 {
		old, id = id, w.renew(t, id)
		if n := m.Traces(); n > 10 {
			t.Fatalf("%d traces", n)
		}
	}
	if err := w.store.EndMoved(request(victim), cookieName); err != nil {
		t.Error(err)
	}
	w.wantAlive(t, renewed, true)
	if err := w.store.EndMoved(request(old), cookieName); err != nil {
		t.Error(err)
	}
	w.wantAlive(t, id, false)
	c.advance(store.TraceFor)
	for deadline := time.Now().Add(10 * time.Second); m.Traces() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d traces left", m.Traces())
		}
	}
}

func TestMemoryForgetsInTheBackground(t *testing.T) {
	c := newClock()
	w := &world{life: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}, advance: c.advance, now: c.now}
	m := store.NewMemory(w.life, 1000, c.now)
	defer func() { _ = m.Close() }()
	w.open(m)
	for range 1000 {
		w.login(t, "u1")
	}
	c.advance(w.life.Idle)
	for deadline := time.Now().Add(10 * time.Second); m.Len() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sessions left", m.Len())
		}
	}
}
