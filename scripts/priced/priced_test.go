package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/experiment"
)

// world has a clock that only calls move, and the order of the calls.
type world struct {
	now   time.Duration
	order []string
}

func (w *world) clock() (time.Duration, error) { return w.now, nil }

// calling is a handler that takes some time.
func (w *world) calling(name string, took time.Duration) request {
	return func() error {
		w.now += took
		if n := len(w.order); n == 0 || w.order[n-1] != name {
			w.order = append(w.order, name)
		}
		return nil
	}
}

// hops are the rounds that two planted prices give, and the order of their slices.
func hops(t *testing.T, seed uint64) (rounds []experiment.Hopped, order []string) {
	t.Helper()
	w := &world{}
	all := []defence{
		{"dear", w.calling("dear with", 5*time.Microsecond), w.calling("dear without", 2*time.Microsecond)},
		{"free", w.calling("free with", 4*time.Microsecond), w.calling("free without", 4*time.Microsecond)},
	}
	h := experiment.Hops{Rounds: 20, Slice: time.Millisecond, Seed: seed}
	err := hop(t.Context(), all, h, w.clock, func(r experiment.Hopped) error { rounds = append(rounds, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return rounds, w.order
}

// TestHop: every round has each defence once, with as many calls in its three slices as fill one without the defence,
// and finds what was planted. The seed decides the order.
func TestHop(t *testing.T) {
	rounds, order := hops(t, 1)
	for i, r := range rounds {
		want := experiment.Hopped{Defence: "dear", Round: i / 2, Arms: experiment.Arms{
			With:    experiment.Calls{N: 500, CPU: 2500 * time.Microsecond},
			Without: experiment.Calls{N: 500, CPU: time.Millisecond}, Again: experiment.Calls{N: 500, CPU: time.Millisecond},
		}}
		if i%2 == 1 {
			same := experiment.Calls{N: 250, CPU: time.Millisecond}
			want.Defence, want.Arms = "free", experiment.Arms{With: same, Without: same, Again: same}
		}
		if r != want {
			t.Errorf("round %d is %+v, want %+v", i, r, want)
		}
	}
	if _, again := hops(t, 1); len(rounds) != 40 || !slices.Equal(order, again) {
		t.Errorf("%d rounds; the same seed gives the order %v, then %v", len(rounds), order, again)
	}
	if _, other := hops(t, 2); slices.Equal(order, other) {
		t.Error("another seed gives the same order")
	}
}

// TestHopEnds: a handler that fails, a reader that is gone and an interrupt end it.
func TestHopEnds(t *testing.T) {
	told := errors.New("told to fail")
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(told)
	w := &world{}
	fine, n := w.calling("fine", time.Microsecond), 0
	late := func() error { // after the warm-up
		if n++; n > 40_000 {
			return told
		}
		return fine()
	}
	for name, test := range map[string]struct {
		ctx  context.Context
		with request
		keep error
	}{
		"a handler":   {t.Context(), func() error { return told }, nil},
		"one later":   {t.Context(), late, nil},
		"a reader":    {t.Context(), fine, told},
		"interrupted": {ended, fine, nil},
	} {
		err := hop(test.ctx, []defence{{"x", test.with, fine}}, experiment.Hops{Rounds: 1000, Slice: time.Millisecond},
			w.clock, func(experiment.Hopped) error { return test.keep })
		if !errors.Is(err, told) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDefences: each handler does its work with and without its defence, which lets right requests through; and what is
// measured is what the lab asked for.
func TestDefences(t *testing.T) {
	var out bytes.Buffer
	args := []string{"--defences", "strict-parsing,same-origin,guessing", "--rounds", "2", "--slice", "100us"}
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		var h experiment.Hopped
		if err := json.Unmarshal([]byte(line), &h); err != nil {
			t.Fatal(err)
		}
		got = append(got, h.Defence)
		for _, c := range []experiment.Calls{h.With, h.Without, h.Again} {
			if c.N == 0 || c.CPU <= 0 || c.N != h.With.N {
				t.Errorf("%s", line)
			}
		}
	}
	want := []string{"strict-parsing", "same-origin", "guessing", "strict-parsing", "same-origin", "guessing"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the rounds are %v, want %v", got, want)
	}
	for _, args := range [][]string{
		nil,
		{"--defences", "prayer"},
		{"--defences", "guessing", "--rounds", "0"},
		{"--defences", "guessing", "--slice", "0s"},
		{"--defences", "guessing", "more"},
	} {
		if err := run(t.Context(), args, &out); err == nil {
			t.Errorf("%q is not refused", args)
		}
	}
}
