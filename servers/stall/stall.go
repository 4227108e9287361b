// Package stall tells a test how long the machine kept it waiting, so that a time limit tests the program and not the
// machine. A test that measures 500 ms where 300 are promised shows nothing if other programs had the cores for 250 of
// them.
package stall

import (
	"sync"
	"time"
)

// Watch is a goroutine of the tests that wants a turn every millisecond.
type Watch struct {
	mu   sync.Mutex
	late time.Duration // how long it waited for the turns that it had
	due  time.Time     // when it wants the next
}

const turn = time.Millisecond

// Begin watches as long as the program runs: a test package has one watch, so that no test that counts goroutines sees
// it come or go.
func Begin() *Watch {
	w := &Watch{due: time.Now().Add(turn)}
	go func() {
		for {
			time.Sleep(turn)
			w.mu.Lock()
			w.late += w.waiting()
			w.due = time.Now().Add(turn)
			w.mu.Unlock()
		}
	}()
	return w
}

// waiting is how long it has been due.
func (w *Watch) waiting() time.Duration { return max(0, time.Since(w.due)) }

// Mark returns a function that returns the watch's total waiting time since Mark: by that much a time limit that begins
// now may be missed.
func (w *Watch) Mark() func() time.Duration {
	from := w.sum()
	return func() time.Duration { return w.sum() - from }
}

func (w *Watch) sum() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.late + w.waiting()
}
