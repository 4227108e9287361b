package store

import (
	"strings"
	"testing"
)

// TestVeil: only the holder of the old id can lift it.
func TestVeil(t *testing.T) {
	old, _ := newID()
	fresh, _ := newID()
	other, _ := newID()
	v := veiled(old, fresh)
	if got := v.unveil(old); got != fresh {
		t.Errorf("%s became %s", fresh, got)
	}
	if v.unveil(other) == fresh {
		t.Error("another id lifts it")
	}
	if shown := encoding.EncodeToString(v[:]); shown == fresh || strings.Contains(shown, fresh[:8]) {
		t.Error("it shows what it hides")
	}
	again, _ := newID()
	if w := veiled(other, fresh); w == v || veiled(old, again) == v {
		t.Error("two veils are alike")
	}
}
