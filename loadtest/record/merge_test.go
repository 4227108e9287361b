package record

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"authlab/loadtest/plan"
)

func TestMergeAddsRequestsAndAveragesSharedReadings(t *testing.T) {
	row := func(start time.Duration, rate float64, ok uint64, took, cpu time.Duration, operations int64) Slice {
		h := NewHistogram()
		for range ok {
			Observe(h, took)
		}
		return Slice{
			Cell:  Cell{Kind: plan.TargetCell, Scheme: "session-redis", Replicas: 2, Rate: rate},
			Nonce: "n", Start: time.Unix(100, int64(start)), Window: time.Second, Elapsed: time.Second + start,
			Planned: ok + 1, Sent: ok, Served: ok + 2, Connections: 4, BytesIn: 10, BytesOut: 20,
			Verdicts:  map[Verdict]uint64{OK: ok},
			ByReplica: map[string]uint64{"0": ok / 2, "1": ok / 2}, Latency: EncodeHistogram(h),
			Use: map[string]Use{"replica-0": {CPU: cpu, Operations: &operations}, "generator": {CPU: took}},
		}
	}
	got, err := Merge([]Slice{
		row(time.Millisecond, 100, 10, time.Millisecond, 40*time.Millisecond, 30),
		row(0, 50, 20, 3*time.Millisecond, 60*time.Millisecond, 34),
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := DecodeHistogram(got.Latency)
	if err != nil || h.TotalCount() != 30 || h.Min() > int64(time.Millisecond) || h.Max() < int64(3*time.Millisecond) {
		t.Errorf("the latencies are %d, from %v to %v: %v", h.TotalCount(), h.Min(), h.Max(), err)
	}
	operations := int64(32)
	want := Slice{
		Cell:  Cell{Kind: plan.TargetCell, Scheme: "session-redis", Replicas: 2, Rate: 150},
		Nonce: "n", Start: time.Unix(100, 0), Window: time.Second, Elapsed: time.Second + time.Millisecond,
		Planned: 32, Sent: 30, Served: 34, Connections: 8, BytesIn: 20, BytesOut: 40,
		Verdicts: map[Verdict]uint64{OK: 30}, ByReplica: map[string]uint64{"0": 15, "1": 15}, Latency: got.Latency,
		Use: map[string]Use{
			"replica-0":   {CPU: 50 * time.Millisecond, Operations: &operations},
			"generator-0": {CPU: time.Millisecond}, "generator-1": {CPU: 3 * time.Millisecond},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Merge([]Slice{{Latency: "x"}}); err == nil {
		t.Error("an unreadable histogram was merged")
	}
}
