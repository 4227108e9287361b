package plan

import "testing"

// Generators that start together must send the same load at the same time, on whichever machine they run.
func TestVisitsOfATargetVisitEverythingInAnOrderThatRepeats(t *testing.T) {
	p, err := Load(TargetName)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Visit]int{}
	again := p.Visits()
	for i, l := range p.Visits() {
		if l != again[i] {
			t.Fatalf("slice %d is %v, and the second time %v", i, l, again[i])
		}
		seen[Visit{Connections: l.Connections, Rate: l.Rate}]++
	}
	for _, connections := range p.Target.Connections {
		if n := seen[Visit{Connections: connections}]; n != p.Target.Rounds {
			t.Errorf("%d connections are visited %d times, want %d", connections, n, p.Target.Rounds)
		}
	}
	for _, rate := range p.Target.Rates {
		if sent := float64(seen[Visit{Rate: rate}]) * rate * p.Target.Slice.Seconds(); sent < float64(p.Target.Samples) {
			t.Errorf("at %g/s there are %g requests, and the plan asks for %d", rate, sent, p.Target.Samples)
		}
	}
}
