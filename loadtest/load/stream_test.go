package load

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// streamed sends a stream, and returns what it told. Users come in turn.
func streamed(t *testing.T, ctx context.Context, base string, o StreamOptions, each func(One)) ([]One, int, error) {
	t.Helper()
	var all []One
	o.Patient, o.Who = time.Minute, func(seq int) int { return seq % 10 }
	o.Each = func(one One) {
		all = append(all, one)
		if each != nil {
			each(one)
		}
	}
	connections, err := Stream(ctx, target(t, base, 10), o)
	return all, connections, err
}

// TestStreamTellsOfEveryRequest: whose it was, when it was due, and how it was answered.
func TestStreamTellsOfEveryRequest(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, name string, _ uint64) bool {
		http.SetCookie(w, &http.Cookie{Name: "AUTHLAB_REPLICA", Value: "1"})
		if name == "user-3" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "new"})
		}
		if name == "user-4" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	o := StreamOptions{Rate: 400, Seed: 3, Longest: 250 * time.Millisecond}
	all, connections, err := streamed(t, t.Context(), base, o, nil)
	if err != nil || connections < 1 {
		t.Fatalf("%d connections: %v", connections, err)
	}
	slices.SortFunc(all, func(a, b One) int { return int(a.Due - b.Due) })
	due := schedule(o.Rate, o.Longest, plan.Poisson, o.Seed)
	if len(all) != len(due) || len(all) < 20 {
		t.Fatalf("%d of %d requests were told", len(all), len(due))
	}
	for i, one := range all {
		want := One{
			Who: i % 10, Due: due[i], Sent: one.Sent, Took: one.Took, Verdict: record.OK, Replica: one.Replica,
			Cookie: i%10 == 3, // the balancer's own does not count
		}
		if i%10 == 4 {
			want.Verdict = "status-503"
		}
		if one != want || one.Sent < one.Due || one.Took <= 0 || one.Replica < 0 || one.Replica > 1 {
			t.Errorf("request %d is %+v, want %+v", i, one, want)
		}
	}
}

// TestStreamEndsWhenItIsTold: before its time, and after the requests in flight were answered.
func TestStreamEndsWhenItIsTold(t *testing.T) {
	end := make(chan struct{})
	var once sync.Once
	o := StreamOptions{Rate: 200, Longest: time.Minute, Until: end}
	all, _, err := streamed(t, t.Context(), serve(t, nil), o, func(One) { once.Do(func() { close(end) }) })
	if err != nil {
		t.Error(err)
	}
	for _, one := range all {
		if one.Verdict != record.OK {
			t.Errorf("a request in flight was answered %s", one.Verdict)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	o.Until = nil
	_, _, err = streamed(t, ctx, serve(t, nil), o, func(One) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}

// TestStreamGoesOnWithoutAConnection: where the servers hang, what cannot be sent is told as such, and is not late.
func TestStreamGoesOnWithoutAConnection(t *testing.T) {
	wake, end := make(chan struct{}), make(chan struct{})
	var once sync.Once
	base := serve(t, func(http.ResponseWriter, string, uint64) bool { <-wake; return false })
	unsent := 0
	all, connections, err := streamed(t, t.Context(), base, StreamOptions{Rate: 4000, Longest: time.Minute, Until: end},
		func(one One) {
			if one.Verdict == Unsent {
				unsent++
				once.Do(func() { close(wake); close(end) })
			}
		})
	if err != nil || connections != maxInFlight || unsent == 0 || len(all)-unsent < maxInFlight {
		t.Errorf("%d connections, %d of %d requests were not sent: %v", connections, unsent, len(all), err)
	}
	for _, one := range all {
		if one.Verdict == Unsent && (one.Took != 0 || one.Replica != -1) {
			t.Errorf("a request that was not sent is %+v", one)
		}
	}
}

// TestStreamsThatCannotBe: a stream needs a rate and an end.
func TestStreamsThatCannotBe(t *testing.T) {
	for name, o := range map[string]StreamOptions{
		"no rate": {Longest: time.Second}, "no end": {Rate: 1}, "too fast": {Rate: 2 * maxRate, Longest: time.Second},
	} {
		if all, _, err := streamed(t, t.Context(), serve(t, nil), o, nil); err == nil || len(all) > 0 {
			t.Errorf("%s: %d requests, %v", name, len(all), err)
		}
	}
}
