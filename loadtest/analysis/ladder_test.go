package analysis

import (
	"math"
	"testing"
	"time"

	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// TestLadder: a request takes 40 µs at saturation and twice as much at a tenth of it, in any interference.
func TestLadder(t *testing.T) {
	p, err := plan.Parse("p.yaml", []byte("name: mine\nschemes: [token-hs256]\nladder: {slice: 500ms, rounds: 6, shares: "+
		"[0.1, 0.5], connections: 16}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := &measure.Run{Run: record.Run{Plan: p}}
	for round := range 6 {
		for share, us := range map[float64]float64{0: 40, 0.1: 80, 0.5: 50} {
			cost := time.Duration(us * float64(10+round) / 10 * float64(time.Microsecond))
			r.Measurements = append(r.Measurements, measure.Measurement{
				Cell: record.Cell{
					Kind: plan.LadderCell, Scheme: "token-hs256", Share: share, Rate: share * 20_000, Round: round,
					Replicas: 1,
				},
				Throughput: 2000, Cost: map[string]time.Duration{"replica": cost},
				Busy: map[string]float64{"replica": map[bool]float64{true: 0.97, false: 0.2}[share == 0]},
			})
		}
	}
	r.Measurements = append(r.Measurements, measure.Measurement{
		Cell:   record.Cell{Kind: plan.LadderCell, Scheme: "token-hs256", Share: 0.1, Round: 6},
		Cost:   map[string]time.Duration{"replica": time.Hour},
		Doubts: []measure.Doubt{{Reason: measure.GeneratorBound}},
	}, measure.Measurement{ // it was to have no rest, and had
		Cell: record.Cell{Kind: plan.LadderCell, Scheme: "token-hs256", Round: 7},
		Cost: map[string]time.Duration{"replica": time.Hour}, Busy: map[string]float64{"replica": 0.9},
	})
	rungs := Compare(r).Ladder
	if len(rungs) != 3 {
		t.Fatalf("got %+v", rungs)
	}
	for i, want := range []struct{ share, ratio float64 }{{0.1, 2}, {0.5, 1.25}, {1, 0}} {
		if got := rungs[i]; got.Name != "token-hs256" || got.Share != want.share ||
			math.Abs(got.Ratio.Center-want.ratio) > 1e-3 || got.CPU.N != 6 {
			t.Errorf("rung %d is %+v, want %+v", i, got, want)
		}
	}
}
