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
	m := store.NewMemory(w.life.Idle, 3, c.now)
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
		w.wantAlive(t, id, true) // nobody is pushed out
	}

	w.advance(w.life.Idle + time.Second)
	w.wantAlive(t, w.login(t, "u4").ID, true) // those that are over make room
}

func TestMemoryForgetsInTheBackground(t *testing.T) {
	c := newClock()
	w := &world{life: store.Lifetimes{Idle: time.Minute, Absolute: time.Hour}, advance: c.advance, now: c.now}
	m := store.NewMemory(w.life.Idle, 1000, c.now)
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
