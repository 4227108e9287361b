package run

import (
	"net/http"
	"testing"
)

// TestTrapCounts: it counts every request but its own.
func TestTrapCounts(t *testing.T) {
	trap, err := newTrap()
	if err != nil {
		t.Fatal(err)
	}
	defer trap.Close()
	for want := range 3 {
		if n, err := trap.Asked(); err != nil || n != want+want {
			t.Errorf("%d requests counted, want %d: %v", n, want+want, err)
		}
		answer, err := http.Get(trap.URL() + "/jwks.json")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	trap.Close()
	if _, err := trap.Asked(); err == nil {
		t.Error("a closed trap has seen nothing")
	}
}
