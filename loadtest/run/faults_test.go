package run

import (
	"errors"
	"fmt"
	"testing"

	"authlab/loadtest/cluster"
	"authlab/loadtest/experiment"
)

// TestReplicaOf: a fault that names no part of these servers breaks nothing.
func TestReplicaOf(t *testing.T) {
	for part, want := range map[string]int{
		"replica-0": 0, "replica-1": 1,
		"replica-2": -1, "replica--1": -1, "replica-": -1, "replica": -1, "store": -1, "1": -1, "": -1, "replica-1x": -1,
	} {
		i, err := replicaOf(part, 2)
		if want < 0 && err == nil || want >= 0 && (err != nil || i != want) {
			t.Errorf("%q is replica %d: %v", part, i, err)
		}
	}
}

// TestUnable: what these servers or this platform cannot do ends no run, and every other error does.
func TestUnable(t *testing.T) {
	for err, key := range map[error]string{
		cluster.ErrMoves: "faults.moves", cluster.ErrNoRedis: "faults.no-redis", cluster.ErrNoKey: "faults.no-key",
		cluster.ErrNoFile: "faults.no-file",
	} {
		got, ok := errors.AsType[experiment.Unable](unable(fmt.Errorf("restarting it: %w", err)))
		if !ok || got.Why.Key != key {
			t.Errorf("%v becomes %v, want %s", err, got, key)
		}
	}
	other := errors.New("the store does not start")
	if got := unable(other); !errors.Is(got, other) || errors.As(got, new(experiment.Unable)) {
		t.Errorf("another error becomes %v", got)
	}
	if unable(nil) != nil {
		t.Error("no error becomes one")
	}
}
