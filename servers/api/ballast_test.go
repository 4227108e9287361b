package api

import "testing"

// TestBallast: with one, the heap has been through a collection and does not grow into new memory before the next.
func TestBallast(t *testing.T) {
	const size, cycles = 16 << 20, "/gc/cycles/total:gc-cycles"
	for _, c := range []struct {
		size int
		want bool // a collection before the heap is filled, and one after
	}{{0, false}, {size, true}} {
		before := sample(cycles)
		ballast := newBallast(c.size)
		if len(ballast) != c.size {
			t.Fatalf("a ballast of %d bytes, want %d", len(ballast), c.size)
		}
		if collected := sample(cycles) >= before+2; collected != c.want {
			t.Errorf("ballast %d: %v collections", c.size, sample(cycles)-before)
		}
	}
}
