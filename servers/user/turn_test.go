package user

import (
	"errors"
	"testing"
)

// TestAFreeSlotIsTaken, even by who has no time to wait at all.
func TestAFreeSlotIsTaken(t *testing.T) {
	for range 100 { // a choice between the slot and the end of the wait would be by chance
		h := newHasher(1, 0, 8)
		if _, err := h.turn(t.Context()); err != nil {
			t.Fatal("the slot was free:", err)
		}
		if _, err := h.turn(t.Context()); !errors.Is(err, ErrBusy) {
			t.Fatal("the slot was taken:", err)
		}
		if _, err := h.turn(Ahead(t.Context())); err != nil {
			t.Fatal("the slot of those who are known was free:", err)
		}
	}
}
