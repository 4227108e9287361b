package measure

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
)

// stood is a good row of a target: two replicas and a store that tell what they did.
func stood() load.Row {
	counted := func(n int64) *int64 { return &n }
	return load.Row{
		Cell:   load.Cell{Kind: plan.TargetCell, Arm: "session-redis", Replicas: 2},
		Window: 2 * time.Second, Elapsed: 2 * time.Second, Sent: 1000, Served: 1000, Connections: 8,
		Verdicts: map[load.Verdict]uint64{load.OK: 1000}, ByReplica: map[string]uint64{"0": 500, "1": 500},
		Use: map[string]load.Use{
			"replica-0": {CPU: 50 * time.Millisecond, Operations: counted(500)}, "replica-1": {CPU: 50 * time.Millisecond, Operations: counted(500)},
			"store": {CPU: 10 * time.Millisecond, Operations: counted(1002)}, "generator": {CPU: 30 * time.Millisecond},
		},
	}
}

func TestWhatIsHeldAgainstATarget(t *testing.T) {
	with := func(r *load.Row, process string, n int64) {
		u := r.Use[process]
		u.Operations = &n
		r.Use[process] = u
	}
	for _, test := range []struct {
		name   string
		change func(*load.Row)
		want   string // "" for none
	}{
		{"nothing", func(*load.Row) {}, ""},
		{"a balancer that keeps to one replica", func(r *load.Row) { r.ByReplica = map[string]uint64{"0": 1000} }, ""},
		{"others who ask the replicas too", func(r *load.Row) { with(r, "replica-0", 5000) }, ""},
		{"others who ask the store too", func(r *load.Row) { with(r, "store", 9000) }, ""},
		{"a cache before the replicas", func(r *load.Row) { with(r, "replica-0", 100) }, "the replicas counted 600 requests, and 1000 were answered in their name: something before them answers"},
		{"replicas that do not ask the store", func(r *load.Row) { with(r, "store", 2) }, "the store was asked 0.00 times for each request; by the row's design it is 1"},
		{"a replica that does not count", func(r *load.Row) { r.Use["replica-0"] = load.Use{CPU: time.Millisecond} }, ""},
		{"generators a tenth of a slice apart", func(r *load.Row) {
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

// A server that takes a login with a changed signature verifies nothing.
func TestATargetThatTakesAForgedLogin(t *testing.T) {
	for status, want := range map[int]int{http.StatusUnauthorized: 0, http.StatusOK: 1} {
		r := &Run{
			Measurements: []Measurement{Measure(stood())},
			Probes:       []load.Probe{{Nonce: "n", Trials: []credential.Trial{{Before: http.StatusOK, After: status, Forged: true}}}},
		}
		r.probed([]string{"n"})
		if got := r.Measurements[0].Doubts; len(got) != want || want > 0 && !strings.Contains(got[0].Sentence, "had been tampered with") {
			t.Errorf("with status %d the doubts are %v", status, got)
		}
	}
}
