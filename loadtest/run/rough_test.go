package run

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// demandSlice is one that counts: its replica was busy for all of it.
func demandSlice(scheme string, round int, us float64) record.Slice {
	answers := uint64(50e3 / us)
	return record.Slice{
		Cell: record.Cell{
			Kind: plan.DemandCell, Scheme: scheme, Tier: "replica", Replicas: 1, First: round % 2, Round: round,
		},
		Window: 50 * time.Millisecond, Elapsed: 50 * time.Millisecond, Sent: answers, Served: answers,
		Verdicts: map[record.Verdict]uint64{record.OK: answers}, ByReplica: map[string]uint64{fmt.Sprint(round % 2): answers},
		Use: map[string]record.Use{
			fmt.Sprint("replica-", round%2): {CPU: 50 * time.Millisecond},
			"store":                         {CPU: 10 * time.Millisecond},
		},
	}
}

func scalingSlice(scheme string, replicas, round int, answers uint64) record.Slice {
	row := record.Slice{
		Cell:   record.Cell{Kind: plan.ScalingCell, Scheme: scheme, Replicas: replicas, Round: round},
		Window: time.Second, Elapsed: time.Second, Sent: answers, Served: answers,
		Verdicts: map[record.Verdict]uint64{record.OK: answers}, ByReplica: map[string]uint64{},
	}
	for i := range replicas {
		row.ByReplica[fmt.Sprint(i)] = answers / uint64(replicas)
	}
	return row
}

func roughPlan(t *testing.T) *plan.Plan {
	t.Helper()
	p, err := plan.Parse("p.yaml", []byte("name: mine\nschemes: [session-redis]\n"+
		"demand: {slice: 50ms, rounds: 6, launches: 2, connections: 4}\n"+
		"scaling: {replicas: [1, 8], budget: 0.1, slice: 200ms, rounds: 6, connections: 8}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheRoughTable(t *testing.T) {
	table := newRough(roughPlan(t))
	for round := range 6 {
		if round < roughRounds && len(table.lines()) > 0 {
			t.Errorf("after %d rounds it shows\n%s", round, strings.Join(table.lines(), "\n"))
		}
		slow := float64(1 + round) // interference: the ratio does not know it
		table.add(demandSlice(plan.Control, round, 20*slow))
		table.add(demandSlice(plan.Twin, round, 20*slow))
		table.add(demandSlice("session-redis", round, 35*slow))
	}
	if diff := cmp.Diff([]string{
		"  so far, roughly     CPU ÷ control",
		"  control-again                1.00",
		"  session-redis                1.75",
	}, table.lines()); diff != "" {
		t.Error(diff)
	}
	idle := demandSlice("session-redis", 0, 35)
	idle.Use["replica-0"] = record.Use{CPU: 25 * time.Millisecond}
	table.add(idle) // a slice that does not count in the report does not count here
	if got := table.lines()[2]; !strings.HasSuffix(got, "1.75") {
		t.Errorf("after an idle slice it shows %q", got)
	}
	for _, n := range []int{1, 8} {
		table.add(scalingSlice(plan.Control, n, 0, uint64(n)*1000))
		table.add(scalingSlice(plan.Twin, n, 0, uint64(n)*1000))
		table.add(scalingSlice("session-redis", n, 0, uint64(n)*500))
	}
	got := table.lines()
	if !strings.Contains(got[0], "throughput ÷ control, 8 replicas") || !strings.HasSuffix(got[2], "0.50") {
		t.Errorf("it shows\n%s", strings.Join(got, "\n"))
	}
	// nothing answered
	table.add(record.Slice{Cell: record.Cell{Kind: plan.DemandCell, Scheme: plan.Control, Tier: "replica"}})
}

// TestTheRoughTableIsPrintedOnce: where lines stay, a table that comes again and again is in the way.
func TestTheRoughTableIsPrintedOnce(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, time.Minute)
	p.rough = newRough(roughPlan(t))
	for round := range 8 {
		for _, scheme := range []string{plan.Control, plan.Twin, "session-redis"} {
			p.slice(demandSlice(scheme, round, 20))
		}
		if round == 5 {
			p.rough.began = time.Now().Add(-roughAfter)
		}
	}
	if n := strings.Count(out.String(), "so far"); n != 1 {
		t.Errorf("the table was printed %d times:\n%s", n, &out)
	}
}
