package api

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// TestReadinessIsShared: however many ask at the same time, the store is asked once, and each gets that answer.
func TestReadinessIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r readiness
		asked, answer, away := 0, make(chan struct{}), errors.New("away")
		leaving, leave := context.WithCancel(t.Context())
		ask := func(ctx context.Context, want error) {
			if err := r.ask(ctx, func(context.Context) error { asked++; <-answer; return away }); !errors.Is(err, want) {
				t.Errorf("told %v, want %v", err, want)
			}
		}
		var all sync.WaitGroup
		all.Go(func() { ask(leaving, away) }) // its check continues
		synctest.Wait()
		for range 100 {
			all.Go(func() { ask(leaving, ErrUnavailable) })
			all.Go(func() { ask(t.Context(), away) })
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(answer)
		all.Wait()
		if asked != 1 {
			t.Errorf("the store was asked %d times", asked)
		}
		if ask(t.Context(), away); asked != 2 {
			t.Error("a later caller gets an old answer")
		}
	})
}

// TestReadinessOutlivesAPanic: a later caller starts a new check.
func TestReadinessOutlivesAPanic(t *testing.T) {
	var r readiness
	func() {
		defer func() { _ = recover() }()
		_ = r.ask(t.Context(), func(context.Context) error { panic("a store") })
	}()
	if err := r.ask(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
}
