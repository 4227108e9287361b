package show

import (
	"fmt"
	"testing"
	"time"
)

// TestLimit: a burst, then once in a while, each for itself; and the memory is bounded.
func TestLimit(t *testing.T) {
	l := &limit{Burst: 3, Every: time.Second}
	now := time.Unix(1_000_000, 0)
	allowed := func(who string) (n int) {
		for range 10 {
			if l.allow(who, now) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		who   string
		after time.Duration
		want  int
	}{
		{"a", 0, 3}, {"a", 0, 0}, {"b", 0, 3}, {"a", time.Second, 1}, {"a", 2 * time.Second, 2}, {"a", time.Hour, 3},
	} {
		now = now.Add(c.after)
		if got := allowed(c.who); got != c.want {
			t.Errorf("%s, %v later: %d were allowed, want %d", c.who, c.after, got, c.want)
		}
	}
	for i := range 2 * mostKnown {
		l.allow(fmt.Sprint(i), now)
	}
	if len(l.of) > mostKnown || l.allow("new", now) {
		t.Errorf("it remembers %d, and more", len(l.of))
	}
	if now = now.Add(time.Hour); !l.allow("new", now) || len(l.of) != 1 {
		t.Errorf("an hour later it remembers %d", len(l.of))
	}
}

// TestPlaces: places are bounded for each and for all, and come back.
func TestPlaces(t *testing.T) {
	p := &places{all: 3, each: 2}
	var frees []func()
	for i, c := range []struct {
		who string
		ok  bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"b", false}, {"c", false}} {
		free, ok := p.take(c.who)
		if ok != c.ok {
			t.Errorf("place %d, for %s: %v", i, c.who, ok)
		}
		if ok {
			frees = append(frees, free)
		}
	}
	for _, free := range frees {
		free()
	}
	if _, ok := p.take("a"); !ok || len(p.by) != 1 || p.taken != 1 {
		t.Errorf("after all were given back: %v, %d taken", p.by, p.taken)
	}
}
