// Package stall tells a test how long the machine kept it waiting, so that a bound on time holds the program to account
// and not the machine. Of a test that measures 500 ms where 300 are promised, nothing follows if other programs had the
// cores for 250 of them.
package stall

import (
	"sync"
	"testing"
	"time"
)

// Watch is a goroutine of the test's own that wants a turn every millisecond.
type Watch struct {
	mu   sync.Mutex
	late time.Duration // how long it waited for the turns that it had
	due  time.Time     // when it wants the next
}

const turn = time.Millisecond

// Begin watches until the test ends.
func Begin(t testing.TB) *Watch {
	w := &Watch{due: time.Now().Add(turn)}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(turn):
				w.mu.Lock()
				w.late += w.waiting()
				w.due = time.Now().Add(turn)
				w.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() { close(done); <-stopped })
	return w
}

// waiting is for how long it has been due.
func (w *Watch) waiting() time.Duration { return max(0, time.Since(w.due)) }

// Late is for how long it waited for its turns, all together: what a bound on time may be missed by.
func (w *Watch) Late() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.late + w.waiting()
}
