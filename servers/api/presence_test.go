package api

import (
	"testing"
	"time"
)

// TestPresence has two requests at once for a while, and then one: the sum is at least both sleeps and at most both
// requests throughout.
func TestPresence(t *testing.T) {
	p := newPresence()
	began := time.Now()
	p.enter()
	p.enter()
	time.Sleep(20 * time.Millisecond)
	p.leave()
	time.Sleep(20 * time.Millisecond)
	if held := p.seconds(); held < 0.06 {
		t.Errorf("with one in flight the sum is %v s, want 0.06 at least", held)
	}
	p.leave()
	both := 2 * time.Since(began).Seconds()
	if held := p.seconds(); held < 0.06 || held > both || held != p.seconds() {
		t.Errorf("the sum is %v s, then %v; it must stand still between 0.06 and %v", held, p.seconds(), both)
	}
	var none *presence
	none.enter()
	none.leave()
}
