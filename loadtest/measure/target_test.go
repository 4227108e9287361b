package measure

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// stood is a good slice of a target: two replicas and a store that report what they did.
func stood() record.Slice {
	counted := func(n int64) *int64 { return &n }
	return record.Slice{
		Cell:   record.Cell{Kind: plan.TargetCell, Scheme: "session-redis", Replicas: 2},
		Window: 2 * time.Second, Elapsed: 2 * time.Second, Sent: 1000, Served: 1000, Connections: 8,
		Verdicts: map[record.Verdict]uint64{record.OK: 1000}, ByReplica: map[string]uint64{"0": 500, "1": 500},
		Use: map[string]record.Use{
			"replica-0": {CPU: 50 * time.Millisecond, Operations: counted(500)},
			"replica-1": {CPU: 50 * time.Millisecond, Operations: counted(500)},
			"store":     {CPU: 10 * time.Millisecond, Operations: counted(1002)}, "generator": {CPU: 30 * time.Millisecond},
		},
	}
}

func TestWhatIsHeldAgainstATarget(t *testing.T) {
	with := func(r *record.Slice, process string, n int64) {
		u := r.Use[process]
		u.Operations = &n
		r.Use[process] = u
	}
	for _, test := range []struct {
		name   string
		change func(*record.Slice)
		want   string // "" for none
	}{
		{"nothing", func(*record.Slice) {}, ""},
		{"a balancer that keeps to one replica", func(r *record.Slice) { r.ByReplica = map[string]uint64{"0": 1000} }, ""},
		{"other clients of the replicas", func(r *record.Slice) { with(r, "replica-0", 5000) }, ""},
		{"other clients of the store", func(r *record.Slice) { with(r, "store", 9000) }, ""},
		{
			"a cache in front of the replicas", func(r *record.Slice) { with(r, "replica-0", 100) },
			"the replicas counted 600 requests, and 1000 were answered in their name: something in front of them answers",
		},
		{
			"replicas that do not ask the store", func(r *record.Slice) { with(r, "store", 2) },
			"the store was asked 0.00 times for each request; by the scheme's design it is 1",
		},
		{
			"a replica that does not count",
			func(r *record.Slice) { r.Use["replica-0"] = record.Use{CPU: time.Millisecond} }, "",
		},
		{"generators a tenth of a slice apart", func(r *record.Slice) {
			with(r, "replica-0", 400)
			with(r, "store", 900)
			r.Use["generator-0"], r.Use["generator-1"] = r.Use["generator"], r.Use["generator"]
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := stood()
			test.change(&row)
			m := Measure(row)
			if got := fmt.Sprint(m.Doubts); test.want == "" && len(m.Doubts) > 0 || !strings.Contains(got, test.want) {
				t.Errorf("doubts %v, want %q", m.Doubts, test.want)
			}
		})
	}
}

// A server that accepts a login with a changed signature verifies nothing.
func TestATargetThatTakesAForgedLogin(t *testing.T) {
	p, err := plan.Parse("mine.yaml",
		[]byte("name: mine\nschemes: [session-redis]\ntarget: {slice: 2s, rounds: 1, connections: [8]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[int]int{http.StatusUnauthorized: 0, http.StatusOK: 1} {
		slice := stood()
		slice.Nonce = "n"
		r := Judge(record.Run{
			Plan: p, Slices: []record.Slice{slice},
			Events: []record.Event{{Kind: record.Started, About: slice.Scheme, Nonce: "n"}},
			Probes: []record.Probe{{Nonce: "n", Trials: []record.Trial{{Before: http.StatusOK, After: status, Forged: true}}}},
		})
		if got := r.Measurements[0].Doubts; len(got) != want ||
			want > 0 && !strings.Contains(got[0].Said.String(), "had been tampered with") {
			t.Errorf("with status %d the doubts are %v", status, got)
		}
	}
}
