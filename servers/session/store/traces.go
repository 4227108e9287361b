package store

import "time"

// traces are what Memory knows of void keys: the session that had each, for TraceFor. Memory.mu guards them.
type traces struct {
	of    map[Key]hop
	queue []trace // all of them, the oldest first
}

type trace struct {
	from Key
	left time.Time
}

// hop is where a session went when it left a key.
type hop struct {
	session *entry
	to      Key
	veil    Veil
}

// leave records a trace of the session that has left a key, and at most max in all: one user who renews in a loop costs
// the others their oldest traces but not the memory.
func (t *traces) leave(from Key, h hop, now time.Time, max int) {
	t.forget(now)
	if len(t.queue) >= max {
		t.drop(len(t.queue) - max + 1)
	}
	t.of[from] = h
	t.queue = append(t.queue, trace{from, now})
}

// follow returns where the session that had the key went; it has no session if no trace remains. The session may have
// ended since.
func (t *traces) follow(from Key, now time.Time) hop {
	t.forget(now)
	return t.of[from]
}

// forget drops expired traces.
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
		t.queue = nil // free its array too
	}
}
