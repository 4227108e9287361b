package load

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// Servers of other owners must not get more load than promised, however fast they answer.
func TestAClosedLoopKeepsItsCeiling(t *testing.T) {
	const (
		ceiling = 200.0
		window  = 305 * time.Millisecond // four connections that began at once would make 64 requests, where 61 are allowed
	)
	row, err := Closed(t.Context(), record.Cell{}, target(t, serve(t, nil), 8),
		ClosedOptions{Connections: 4, Window: window, Ceiling: ceiling})
	if err != nil {
		t.Fatal(err)
	}
	if most := ceiling*window.Seconds() + 1; row.Served == 0 || float64(row.Served) > most {
		t.Errorf("%d requests in %v, want some, and %.0f at most", row.Served, window, most)
	}
}

func TestAnOpenLoopKeepsItsConnections(t *testing.T) {
	slow := serve(t, func(http.ResponseWriter, string, uint64) bool { time.Sleep(20 * time.Millisecond); return false })
	row, err := Open(t.Context(), record.Cell{}, target(t, slow, 8), OpenOptions{
		Rate: 500, Arrivals: plan.Constant, Window: 200 * time.Millisecond, Most: 3, Requests: io.Discard,
	})
	if err != nil || row.Connections != 3 || row.Verdicts[record.OK] != row.Planned {
		t.Errorf("%d of %d requests were answered over %d connections, want all over 3: %v",
			row.Verdicts[record.OK], row.Planned, row.Connections, err)
	}
}

// Replicas that the lab did not start have names of their own, and only those that were found may answer.
func TestReplicasAreKnownByTheirOwnNames(t *testing.T) {
	named := serve(t, func(w http.ResponseWriter, _ string, n uint64) bool {
		w.Header().Set("X-Replica", []string{"blue", "green", "red"}[n%3])
		return false
	})
	all := target(t, named, 8)
	all.Call([]string{"blue", "green"})
	row := sent(t, all, 2, 30)
	if row.ByReplica["0"] == 0 || row.ByReplica["1"] == 0 || row.Verdicts[record.WrongReplica] == 0 ||
		len(row.ByReplica) != 2 {
		t.Errorf("the answers are %s", fmt.Sprint(row.ByReplica, row.Verdicts))
	}
}
