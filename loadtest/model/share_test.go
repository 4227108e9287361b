package model

import (
	"testing"

	"authlab/loadtest/plan"
	"authlab/loadtest/stats"

	"pgregory.net/rapid"
)

// TestSharesContainTheTruth draws true demands from within their intervals, and one crowding for both.
func TestSharesContainTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claim := map[string]Inputs{"session-redis": scaleModel(), plan.Control: scaleModel()}
		crowding := rapid.Float64Range(0, 0.3).Draw(t, "crowding")
		truth := map[string]Inputs{}
		for _, name := range []string{"session-redis", plan.Control} {
			in := claim[name]
			in.Scheme = name
			if name == plan.Control {
				in.Store = Measured{}
			}
			real := in
			in.Crowding, real.Crowding = stats.Interval{Center: 0.15, Low: 0, High: 0.3}, stats.Exactly(crowding)
			for _, m := range [][2]*Measured{{&in.Replica, &real.Replica}, {&in.Store, &real.Store}} {
				c := m[0].Demand.Center
				m[0].Demand = stats.Interval{Center: c, Low: 0.8 * c, High: 1.2 * c}
				m[1].Demand = stats.Exactly(c * rapid.Float64Range(0.8, 1.2).Draw(t, "truth"))
			}
			claim[name], truth[name] = in, real
		}
		size := rapid.IntRange(2, 12).Draw(t, "size")
		said, err := claim["session-redis"].share(claim[plan.Control], size)
		if err != nil {
			t.Fatal(err)
		}
		fact, err := truth["session-redis"].share(truth[plan.Control], size)
		if err != nil {
			t.Fatal(err)
		}
		// A crowding between its ends may go slightly beyond the shares at both.
		if x := fact.Center; x < said.Low*0.99 || x > said.High*1.01 {
			t.Fatalf("a share of %v is not in %v", x, said)
		}
	})
}

func TestNoSharesWithoutAControl(t *testing.T) {
	all := []Prediction{frozen(t, scaleModel(), 8)}
	if err := Shares(all); err != nil || all[0].Forecasts[0].Share != (stats.Interval{}) {
		t.Errorf("%+v, %v", all[0].Forecasts[0].Share, err)
	}
}
