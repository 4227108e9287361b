package store

import (
	"encoding/base64"
	"math"
	"testing"
)

// TestIDs: 10⁵ ids, no duplicate, every bit balanced to five standard deviations. (256 bits: the chance of a false
// alarm is 1.5 in 10,000.)
func TestIDs(t *testing.T) {
	const n = 100_000
	seen := make(map[string]bool, n)
	var ones [idBytes * 8]int
	for range n {
		id, key := newID()
		if seen[id] {
			t.Fatal("an id came twice")
		}
		seen[id] = true
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(raw) != idBytes {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		for i := range ones {
			ones[i] += int(raw[i/8] >> (i % 8) & 1)
		}
		if again, ok := keyOf(id); !ok || again != key {
			t.Fatal("an id does not lead to its key")
		}
	}
	limit := 5 * math.Sqrt(n) / 2
	for i, count := range ones {
		if off := math.Abs(float64(count) - n/2); off > limit {
			t.Errorf("bit %d is set in %d of %d ids", i, count, n)
		}
	}
}

func FuzzKeyOf(f *testing.F) {
	id, _ := newID()
	f.Add(id)
	f.Add(id[:42] + "\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, id string) {
		if _, ok := keyOf(id); !ok {
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || base64.RawURLEncoding.EncodeToString(raw) != id {
			t.Errorf("%q is a second spelling of an id", id)
		}
	})
}
