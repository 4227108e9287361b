package model

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"authlab/loadtest/stats"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// scaleModel is like the lab: 0.05 core each; a replica answers 1,000/s, the store 5,000/s.
func scaleModel() Inputs {
	return Inputs{
		Scheme: "session-redis", Calibrated: 2, Connections: 32, Delay: 200e-6,
		Replica:  Measured{stats.Interval{Center: 50e-6, Low: 49e-6, High: 51e-6}, 0.05},
		Store:    Measured{stats.Interval{Center: 10e-6, Low: 9.8e-6, High: 10.3e-6}, 0.05},
		Balancer: Measured{stats.Exactly(20e-6), 1},
	}
}

func frozen(t *testing.T, in Inputs, sizes ...int) Prediction {
	t.Helper()
	p, err := Freeze(in, sizes...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFreeze: with 32 connections a replica, two replicas answer almost their 2,000/s, and the store limits eight
// replicas to 5,000/s.
func TestFreeze(t *testing.T) {
	p := frozen(t, scaleModel(), 8, 1, 2, 8)
	if len(p.Forecasts) != 3 || !near(p.Crossover.Center, 5, 1e-12) {
		t.Fatalf("got %+v", p)
	}
	eight, ok := p.Of(8)
	if !ok || eight.Bounds.Bottleneck != AtStore || !near(eight.Throughput.Center, 5000, 0.01) {
		t.Errorf("eight replicas: %+v", eight)
	}
	if two, _ := p.Of(2); two.Bounds.Bottleneck != AtReplicas {
		t.Errorf("two replicas: %+v", two)
	}
	if _, ok := p.Of(4); ok {
		t.Error("four replicas were not asked for")
	}
}

func TestPredictionSurvivesJSON(t *testing.T) {
	noStore := scaleModel()
	noStore.Store = Measured{}
	for _, in := range []Inputs{scaleModel(), noStore} {
		want := frozen(t, in, 1, 8)
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Prediction
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// TestIntervalsContainTheTruth draws true demands from within their intervals.
func TestIntervalsContainTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := scaleModel()
		in.Delay = rapid.Float64Range(0, 0.1).Draw(t, "delay")
		in.Connections = rapid.IntRange(1, 40).Draw(t, "connections")
		in.Calibrated = rapid.IntRange(1, 3).Draw(t, "calibrated")
		truth := in
		for _, m := range [][2]*Measured{
			{&in.Replica, &truth.Replica}, {&in.Store, &truth.Store}, {&in.Balancer, &truth.Balancer},
		} {
			c := rapid.Float64Range(1e-6, 100e-6).Draw(t, "demand")
			m[0].Demand = stats.Interval{Center: c, Low: 0.8 * c, High: 1.2 * c}
			m[1].Demand = stats.Exactly(c * rapid.Float64Range(0.8, 1.2).Draw(t, "truth"))
		}
		size := in.Calibrated + rapid.IntRange(0, 10).Draw(t, "more")
		claim, err := in.forecast(size)
		if err != nil {
			t.Fatal(err)
		}
		fact, err := truth.forecast(size)
		if err != nil {
			t.Fatal(err)
		}
		if x, in := fact.Throughput.Center, claim.Throughput; x < in.Low*(1-1e-9) || x > in.High*(1+1e-9) {
			t.Fatalf("a throughput of %v is not in %v", x, in)
		}
	})
}

func TestSignedErrors(t *testing.T) {
	p := frozen(t, scaleModel(), 8)
	p.Forecasts[0].Share = stats.Exactly(0.44)
	e, err := p.Error(8, stats.Interval{Center: 0.4, Low: 0.32, High: 0.55})
	if err != nil || !near(e.Center, 0.1, 1e-9) || !near(e.Low, -0.2, 1e-9) || !near(e.High, 0.375, 1e-9) {
		t.Errorf("0.44 predicted, 0.4 [0.32 0.55] measured: %v %v", e, err)
	}
	if _, err := p.Error(4, stats.Exactly(3)); err == nil {
		t.Error("four replicas have no prediction, but an error")
	}
	for _, m := range []stats.Interval{{}, stats.Exactly(math.NaN()), {Center: 2, Low: 3, High: 1}, stats.Exactly(-1)} {
		if e, err := SignedError(1, m); err == nil {
			t.Errorf("against %v: %v", m, e)
		}
	}
}

func TestExtrapolationNeedsAccuracy(t *testing.T) {
	for _, c := range []struct {
		heldOut []stats.Interval
		may     bool
	}{
		{nil, false},
		{[]stats.Interval{stats.Exactly(0.15)}, true},
		{[]stats.Interval{stats.Exactly(-0.15)}, true},
		{[]stats.Interval{stats.Exactly(0.16)}, false},
		{[]stats.Interval{stats.Exactly(-0.16)}, false},
		{[]stats.Interval{stats.Exactly(0.01), stats.Exactly(0.2)}, false},
		{[]stats.Interval{stats.Exactly(math.NaN())}, false},
	} {
		if got := MayExtrapolate(c.heldOut...); got != c.may {
			t.Errorf("%v: %v", c.heldOut, got)
		}
		_, err := Extrapolate(scaleModel(), c.heldOut, FarSizes()...)
		if (err == nil) != c.may || (err != nil && !errors.Is(err, ErrWithheld)) {
			t.Errorf("%v: %v", c.heldOut, err)
		}
	}
}

// TestEntireMachines: replicas of 4 cores and a store with a single thread, both cheaper without budgets. 40 µs of 4
// cores make 100,000/s for each replica; 5 µs make 200,000/s for the store: it is the bottleneck from two replicas on.
func TestEntireMachines(t *testing.T) {
	in := scaleModel().On(Measured{stats.Exactly(40e-6), 4}, Measured{stats.Exactly(5e-6), 1}, Measured{})
	p, err := Extrapolate(in, []stats.Interval{stats.Exactly(-0.03)}, FarSizes()...)
	if err != nil {
		t.Fatal(err)
	}
	thousand, _ := p.Of(1000)
	if !near(p.Crossover.Center, 2, 1e-12) || thousand.Bounds.Bottleneck != AtStore ||
		!near(thousand.Throughput.Center, 200_000, 1e-3) {
		t.Errorf("got %v and %+v", p.Crossover, thousand)
	}
}

func TestInvalidInputsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Inputs)
		why   string
	}{
		"a reversed interval":             {func(in *Inputs) { in.Store.Demand.Low = 1 }, "the store's demand"},
		"no calibration":                  {func(in *Inputs) { in.Calibrated = 0 }, "0 replicas"},
		"a replica that may cost nothing": {func(in *Inputs) { in.Replica.Demand.Low = 0 }, "no limit"},
	} {
		in := scaleModel()
		c.spoil(&in)
		if _, err := Freeze(in, 8); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Freeze(scaleModel(), 0); err == nil {
		t.Error("a cluster without replicas is predicted")
	}
}
