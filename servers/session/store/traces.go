package store

import "time"

// traces are what Memory knows of void keys: the session that had each, for TraceFor. Memory.mu guards them.
type traces struct {
	of    map[Key]*entry
	queue []trace // all of them, the oldest first
}

type trace struct {
	from Key
	left time.Time
}

// leave keeps a trace from a key to the session that had it, and at most max in all: one user who renews in a circle
// costs the others their oldest traces and not the memory.
func (t *traces) leave(from Key, e *entry, now time.Time, max int) {
	t.forget(now)
	if len(t.queue) >= max {
		t.drop(len(t.queue) - max + 1)
	}
	t.of[from] = e
	t.queue = append(t.queue, trace{from, now})
}

// follow returns the session that had the key, nil when nobody remembers. That session may have ended since.
func (t *traces) follow(from Key, now time.Time) *entry {
	t.forget(now)
	return t.of[from]
}

// forget drops the traces whose time is over.
func (t *traces) forget(now time.Time) {
	n := 0
	for n < len(t.queue) && now.Sub(t.queue[n].left) >= TraceFor {
		n++
	}
	t.drop(n)
}

// drop drops the n oldest.
func (t *traces) drop(n int) {
	for _, old := range t.queue[:n] {
		delete(t.of, old.from)
	}
	if t.queue = t.queue[n:]; len(t.queue) == 0 {
		t.queue = nil // what it lay in goes too
	}
}
