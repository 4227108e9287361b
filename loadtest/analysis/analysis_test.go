package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"authlab/loadtest/measure"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
	"authlab/loadtest/stats"
	"authlab/scripts/longtest"
)

const everything = `
name: everything
question: Does it all fit together?
users: 10000
resolution: 0.05
schemes: [session-memory, session-sticky, session-redis, token-hs256]
demand: {slice: 50ms, rounds: 24, launches: 6, connections: 16}
tiers: {slice: 200ms, rounds: 8, connections: 32}
scaling: {replicas: [1, 2, 4], budget: 0.1, slice: 200ms, rounds: 9, connections: 32}
latency: {replicas: 2, rates: [1000], slice: 1s, samples: 2000}
`

// costly is the truth of the runs of these tests: CPU µs per request.
var costly = map[string]float64{
	plan.Control: 40, plan.Twin: 40, "session-memory": 44, "session-redis": 60,
	"token-hs256": 52,
}

func lab() measuretest.Lab {
	return measuretest.Lab{Plan: everything, Seed: 1, Costs: costly, Noise: 0.03, Interference: 0.1, Luck: 0.01}
}

func costOf(t *testing.T, a *Analysis, name string) Cost {
	t.Helper()
	i := slices.IndexFunc(a.Demand, func(c Cost) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("%s has no cost", name)
	}
	return a.Demand[i]
}

func throughputOf(t *testing.T, a *Analysis, name string, n int) Throughput {
	t.Helper()
	i := slices.IndexFunc(a.Scaling, func(x Throughput) bool { return x.Name == name && x.Replicas == n })
	if i < 0 {
		t.Fatalf("%s × %d has no throughput", name, n)
	}
	return a.Scaling[i]
}

func TestTheTruthIsFound(t *testing.T) {
	a := Compare(lab().Run())
	doubts := []message.Sentence{a.Void, a.Partial, a.Noisy, a.DemandDrift, a.ScalingDrift, a.Heaps}
	if strings.Join(message.Texts(doubts), "") != "" || len(a.Invalid) > 0 {
		t.Errorf("a good run is doubted: %q %v", doubts, a.Invalid)
	}
	for name, us := range costly {
		c := costOf(t, a, name)
		if name != plan.Control && math.Abs(c.Ratio.Center/(us/40)-1) > 0.02 {
			t.Errorf("%s costs %v of the control, truly %v", name, c.Ratio, us/40)
		}
		if want := us != 40; c.Resolved != want {
			t.Errorf("%s is called different: %v, want %v", name, c.Resolved, want)
		}
	}
	memory := costOf(t, a, "session-memory")
	if c := costOf(t, a, "session-sticky"); c.As != "session-memory" || c.Ratio.Interval() != memory.Ratio.Interval() {
		t.Errorf("session-sticky on one replica is %+v", c)
	}
	if x := throughputOf(t, a, "token-hs256", 4); math.Abs(x.Speedup.Center-4) > 0.2 || x.First != "replica" ||
		!x.Bound.IsZero() {
		t.Errorf("four replicas are %+v", x)
	}
	if x := throughputOf(t, a, "session-memory", 4); math.Abs(x.Lost-0.75) > 0.01 || x.Expected != 0.75 ||
		!x.Unlike.IsZero() {
		t.Errorf("lost logins are %+v", x)
	}
	if len(a.Tiers) != 2 || a.Tiers[0].Tier != "store" || math.Abs(a.Tiers[0].CPU.Center-8) > 1 ||
		a.Tiers[0].Budget != 0.2 {
		t.Errorf("the tiers are %+v", a.Tiers)
	}
}

// TestAStoreThatWasSeldomUsedUp: a median of the few slices in which it was would be one of those that chance favoured.
func TestAStoreThatWasSeldomUsedUp(t *testing.T) {
	for _, idle := range []struct {
		of       int // in one round of this many the store is used up
		withheld bool
	}{{2, false}, {3, true}} {
		l := lab()
		l.Change = func(r *record.Slice) {
			if use := r.Use["store"]; r.Tier == "store" && r.Round%idle.of != 0 {
				use.CPU = use.CPU * 8 / 10
				r.Use["store"] = use
			}
		}
		a := Compare(l.Run())
		if c := a.Tiers[0]; c.Tier != "store" || !c.Withheld.IsZero() != idle.withheld || c.CPU.Known() == idle.withheld {
			t.Errorf("used up in one round of %d: %+v", idle.of, c)
		}
	}
}

func TestTheStoreIsTheWall(t *testing.T) {
	l := lab()
	l.Store = 30 // two replicas' worth
	a := Compare(l.Run())
	if x := throughputOf(t, a, "session-redis", 4); x.First != "store" || x.Speedup.Center > 2.3 {
		t.Errorf("got first %q, speedup %v", x.First, x.Speedup)
	}
	if x := throughputOf(t, a, "session-redis", 1); x.First != "replica" {
		t.Errorf("one replica: first %q", x.First)
	}
}

// TestWall is the truth table of what was used up first, and of lower bounds.
func TestWall(t *testing.T) {
	type busy = map[string]float64
	for _, test := range []struct {
		name         string
		busy         busy
		busiest      float64
		cores        float64
		first, bound string
	}{
		{"replicas", busy{"replica": 0.99, "store": 0.5, "balancer": 0.4, "generator": 0.3}, 1, 1.5, "replica", ""},
		{"the busiest of two", busy{"replica": 0.96, "store": 1.01}, 1, 1.5, "store", ""},
		{"the busiest of two, the other way", busy{"replica": 1.01, "store": 0.96}, 1, 1.5, "replica", ""},
		{"a tie goes to the store", busy{"replica": 1.001, "store": 0.999}, 1, 1.5, "store", ""},
		{"below the threshold", busy{"replica": 0.94, "store": 0.5}, 0.94, 1.5, Nothing, "no budget was used up (the " +
			"replicas took 94 % of theirs, the store 50 %) and nothing that the replicas share was full: the rest of the time " +
			"they waited for something that is not CPU"},
		{
			"a store without a budget that is slow",
			busy{"replica": 0.31, "balancer": 0.1, "generator": 0.1},
			0.32, 0.5,
			Nothing, "no budget was used up (the replicas took 31 % of theirs) and nothing that the replicas share was full: " +
				"the rest of the time they waited for something that is not CPU",
		},
		{"one of many", busy{"replica": 0.8}, 0.97, 1.5, OneReplica, ""},
		{
			"the machine",
			busy{"replica": 0.8, "balancer": 0.8, "generator": 0.8},
			0.8, 1.95, "",
			"the whole machine was full (1.95 of 2 cores) before any budget was used up",
		},
		{"the machine, and a budget", busy{"replica": 0.96, "generator": 0.8}, 0.96, 1.95, "replica", ""},
		{
			"the balancer",
			busy{"replica": 0.8, "balancer": 0.97},
			0.8, 1.5, "balancer",
			"the balancer took 97 % of a core before any budget was used up",
		},
		{
			"the generator",
			busy{"replica": 0.8, "generator": 0.98, "balancer": 0.97},
			0.8, 1.5, "generator",
			"the generator took 98 % of a core before any budget was used up",
		},
		{"nothing known", busy{}, 0, 0, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := Throughput{Replicas: 4, Busy: test.busy, Busiest: test.busiest, Cores: test.cores}
			x.bottleneck(2)
			if x.First != test.first || x.Bound.String() != test.bound {
				t.Errorf("got first %q, bound %q; want %q, %q", x.First, x.Bound, test.first, test.bound)
			}
		})
	}
}

// TestNoFigureOfAnInvalidSliceEntersAMedian spoils a third of all slices with absurd figures and a doubt each: nothing
// but counts may change.
func TestNoFigureOfAnInvalidSliceEntersAMedian(t *testing.T) {
	spoil := func(r *record.Slice) bool { return (r.Round+r.Place)%3 == 0 }
	absurd := lab()
	absurd.Change = func(r *record.Slice) {
		if !spoil(r) {
			return
		}
		for name, use := range r.Use {
			use.CPU *= 1000
			use.Switches *= 1000
			r.Use[name] = use
		}
		r.BytesIn, r.Served = r.BytesIn*1000, r.Served/7
		r.Verdicts[record.OK] *= 1000
		r.Sent = r.Verdicts[record.OK] + r.Verdicts[record.Unauthenticated]
		r.Note = "spoiled"
	}
	spoiled := absurd.Run()
	without := *spoiled
	without.Measurements = slices.DeleteFunc(slices.Clone(spoiled.Measurements), func(m measure.Measurement) bool {
		return !m.Valid()
	})
	if n := len(spoiled.Measurements) - len(without.Measurements); n < len(spoiled.Measurements)/4 {
		t.Fatalf("only %d of %d slices were spoiled", n, len(spoiled.Measurements))
	}
	same(t, Compare(spoiled), Compare(&without))
}

// TestACostOfTheLuckyIsWithheld: where most slices of a row do not count, the others are no sample of it; where half
// do, they are.
func TestACostOfTheLuckyIsWithheld(t *testing.T) {
	for _, c := range []struct {
		spoiled int // of 24 rounds
		want    string
	}{{12, ""}, {13, "only 11 of 24 slices count"}, {24, ""}} { // of none there is nothing to say but that
		l := lab()
		l.Change = func(r *record.Slice) {
			if r.Kind == plan.DemandCell && r.Tier == "replica" && r.Scheme == "session-redis" && r.Round < c.spoiled {
				r.Note = "spoiled"
			}
		}
		a := Compare(l.Run())
		cost := costOf(t, a, "session-redis")
		if known := c.spoiled <= 12; cost.CPU.Known() != known || cost.Ratio.Known() != known {
			t.Errorf("%d spoiled: %+v", c.spoiled, cost)
		}
		if !strings.HasPrefix(cost.Withheld.String(), c.want) || cost.Withheld.IsZero() != (c.want == "") {
			t.Errorf("%d spoiled: %q, want %q", c.spoiled, cost.Withheld, c.want)
		}
		if other := costOf(t, a, "token-hs256"); !other.Ratio.Known() || !other.Withheld.IsZero() {
			t.Errorf("%d spoiled: the other row has %+v", c.spoiled, other)
		}
	}
}

func same(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want *Analysis,
) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Analysis{}),
		cmpopts.IgnoreFields(Analysis{}, "Run", "Invalid", "Failures", "Measurements")); diff != "" {
		t.Fatalf("the analysis differs (-want +got):\n%s", diff)
	}
}

func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	run := lab().Run()
	run.Measurements[3].Doubts = []measure.Doubt{{Reason: measure.IdleTier, Said: message.Text("the first")}}
	run.Measurements[33].Doubts = []measure.Doubt{{Reason: measure.IdleTier, Said: message.Text("the second")}}
	want := Compare(run)
	rapid.Check(t, func(rt *rapid.T) {
		shuffled := *run
		shuffled.Measurements = rapid.Permutation(run.Measurements).Draw(rt, "rows")
		got := Compare(&shuffled)
		same(rt, got, want)
		if diff := cmp.Diff(want.Invalid, got.Invalid); diff != "" {
			rt.Fatalf("what is invalid differs:\n%s", diff)
		}
	})
}

// TestIntervalsHoldTheTruth simulates runs of which the truth is known. It also holds how often noise alone is called a
// difference: 5 %, and what chance adds in a thousand runs.
func TestIntervalsHoldTheTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("many simulated runs are skipped with -short")
	}
	runs := longtest.Times(1000, 200)
	held, different := 0, 0
	for seed := range uint64(runs) {
		l := measuretest.Lab{Plan: demandOnly, Seed: seed, Costs: costly, Noise: 0.1, Interference: 0.2, Luck: 0.05}
		a := Compare(l.Run())
		if costOf(t, a, plan.Twin).Ratio.Excludes(1) { // whether or not the floor is called noisy
			different++
		}
		r := costOf(t, a, "token-hs256").Ratio
		if !r.Why.IsZero() {
			t.Fatal(r.Why)
		}
		if truth := 52.0 / 40; r.Low <= truth && truth <= r.High {
			held++
		}
	}
	if share := float64(held) / float64(runs); share < 0.93 {
		t.Errorf("%.1f %% of the intervals hold the truth, want 93 %% or more", 100*share)
	}
	if share := float64(different) / float64(runs); share > 0.068 {
		t.Errorf("%.1f %% of the runs call the control different from itself, want 6.8 %% or less", 100*share)
	}
}

const demandOnly = `
name: demand
resolution: 0.5
schemes: [token-hs256]
demand: {slice: 50ms, rounds: 30, launches: 6, connections: 16}
`

func TestANoisyFloorNamesNoWinner(t *testing.T) {
	l := lab()
	l.Costs = map[string]float64{plan.Control: 40, plan.Twin: 44, "token-hs256": 80} // the control differs from itself
	a := Compare(l.Run())
	if !strings.Contains(a.Noisy.String(), "differs from itself by more than 2 %") {
		t.Errorf("noisy is %q", a.Noisy)
	}
	for _, c := range a.Demand {
		if c.Resolved {
			t.Errorf("%s is called different on a noisy floor", c.Name)
		}
	}
	l = lab()
	l.Noise, l.Luck = 0.2, 0.3
	if a = Compare(l.Run()); !strings.Contains(a.Noisy.String(), "the plan asks for ± 5.0 %") {
		t.Errorf("a floor wider than the plan's resolution: noisy is %q", a.Noisy)
	}
}

// TestADifferenceBelowTheFloorIsNone: the control's twin swings by 3 % from start to start, and a scheme always costs 2
// % more.
func TestADifferenceBelowTheFloorIsNone(t *testing.T) {
	for swing, want := range map[float64]bool{0.03: false, 0.01: true} {
		l := measuretest.Lab{Plan: demandOnly, Seed: 1, Costs: map[string]float64{
			plan.Control: 40, plan.Twin: 40,
			"token-hs256": 40.8,
		}}
		l.Change = func(r *record.Slice) {
			if r.Scheme == plan.Twin {
				cheaper := 1 - swing*float64(2*(r.Restart%2)-1)
				visited := fmt.Sprint("replica-", r.First)
				r.Use[visited] = record.Use{CPU: time.Duration(float64(r.Use[visited].CPU) * cheaper)}
			}
		}
		a := Compare(l.Run())
		if c := costOf(t, a, "token-hs256"); !c.Ratio.Excludes(1) || c.Resolved != want {
			t.Errorf("the control agrees with itself to %.2f %%, a row of %.3f [%.3f %.3f] is called different: %t",
				100*a.Floor.Width(), c.Ratio.Center, c.Ratio.Low, c.Ratio.High, c.Resolved)
		}
	}
}

func TestFewRestartsNameNoWinner(t *testing.T) {
	l := lab()
	l.Plan = strings.Replace(everything, "launches: 6", "launches: 5", 1)
	c := costOf(t, Compare(l.Run()), "session-redis")
	if c.Resolved || c.Ratio.Why.IsZero() || !c.Within.Why.IsZero() {
		t.Errorf("five starts: %+v", c)
	}
}

func TestDrift(t *testing.T) {
	l := lab()
	l.Interference, l.Drift = 0.01, 0.4
	a := Compare(l.Run())
	if !strings.HasPrefix(a.DemandDrift.String(), "the control's cost rose by") ||
		!strings.HasPrefix(a.ScalingDrift.String(), "the control's throughput fell by") {
		t.Errorf("drift is %q and %q", a.DemandDrift, a.ScalingDrift)
	}
	c := costOf(t, a, plan.Control)
	if c.Thirds.Low >= c.CPU.Center || c.Thirds.High <= c.CPU.Center || c.Thirds.High/c.Thirds.Low < 1.15 {
		t.Errorf("the thirds are %v around %v", c.Thirds, c.CPU)
	}
	if c := costOf(t, a, "session-redis"); math.Abs(c.Ratio.Center-1.5) > 0.04 || !c.Resolved {
		t.Errorf("paired ratios suffer from drift: %v", c.Ratio)
	}
	for _, series := range [][]float64{
		nil,
		{1},
		{1, 1, 1, 9, 9, 9, 2, 2},
		{1, 2, 1, 2, 1, 2, 1, 2, 1},
		{100, 101, 102, 103, 104, 105, 106, 107, 108},
	} {
		if why := drifted(message.Text("it"), series); !why.IsZero() {
			t.Errorf("%v has drifted: %s", series, why)
		}
	}
	if why := drifted(message.Text("it"), []float64{1, 1, 1, 1, 1, 1, 2, 2, 2}); why.String() != "it rose by 100 % from "+
		"the first third of the rounds to the last" {
		t.Errorf("got %q", why)
	}
}

func TestPooledShareOfLostLogins(t *testing.T) {
	l := lab()
	l.Change = func(r *record.Slice) { // each slice alone is within what chance explains; all together are not
		if r.Scheme == "session-memory" && r.Replicas == 4 {
			r.Verdicts[record.OK] += r.Sent / 40
			r.Verdicts[record.Unauthenticated] -= r.Sent / 40
		}
	}
	a := Compare(l.Run())
	x := throughputOf(t, a, "session-memory", 4)
	if !strings.Contains(x.Unlike.String(), "expected 75.0 %") {
		t.Errorf("got %+v", x)
	}
	if !slices.ContainsFunc(a.Invalid, func(i Invalid) bool {
		return i.Reason == measure.TreatmentMissing && i.Sentence.String() == x.Unlike.String() && i.Slices == 9
	}) {
		t.Errorf("it is not listed: %+v", a.Invalid)
	}
}

func TestTierCostsOfOneBudget(t *testing.T) {
	l := lab()
	l.Change = func(r *record.Slice) {
		if r.Tier == "store" && r.Round%3 == 0 {
			r.Budgets["store"] = 0.15
			r.Use["store"] = record.Use{CPU: r.Use["store"].CPU * 3 / 4}
			r.Served /= 2
			r.Sent /= 2
			r.Verdicts[record.OK] = r.Sent
		}
	}
	c := Compare(l.Run()).Tiers[0]
	if c.Budget != 0.2 || c.CPU.N+c.Others != 8 || c.CPU.N == 8 || math.Abs(c.CPU.Center-8) > 1 {
		t.Errorf("got %+v", c)
	}
}

func TestLatencyIsWithheldWhereTheGeneratorWasLate(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		lag  time.Duration
		want Quantiles
		why  bool
	}{
		{100 * time.Microsecond, Quantiles{P50: 1 * ms, P90: 2 * ms, P99: 9 * ms}, false},
		{150 * time.Microsecond, Quantiles{P90: 2 * ms, P99: 9 * ms}, true},
		{500 * time.Microsecond, Quantiles{P99: 9 * ms}, true},
		{ms, Quantiles{}, true},
	} {
		l := Latency{Sent: Quantiles{P50: ms}, Due: Quantiles{P50: ms, P90: 2 * ms, P99: 9 * ms}, LagP99: test.lag}
		l.withhold()
		if l.Due != test.want || !l.Withheld.IsZero() != test.why {
			t.Errorf("lag %v: %+v", test.lag, l)
		}
	}
}

// TestWhatCountingFromSentHides is the truth table of the sentence on it: the quantile that differs most, if any does
// by half.
func TestWhatCountingFromSentHides(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name      string
		sent, due Quantiles
		want      string
	}{
		{"nothing", Quantiles{ms, 2 * ms, 9 * ms, 0}, Quantiles{ms, 2 * ms, 10 * ms, 0}, ""},
		{
			"a pause",
			Quantiles{ms, 2 * ms, 9 * ms, 0},
			Quantiles{ms, 2 * ms, 900 * ms, 0},
			"p99 from due is 100 times that from sent",
		},
		{
			"a longer one, which p99 shows even so",
			Quantiles{ms, 2 * ms, 900 * ms, 0},
			Quantiles{ms, 400 * ms, 900 * ms, 0},
			"p90 from due is 200 times that from sent",
		},
		{
			"a queue at all quantiles",
			Quantiles{ms, 2 * ms, 9 * ms, 10 * ms},
			Quantiles{3 * ms, 4 * ms, 20 * ms, 25 * ms},
			"p50 from due is 3 times that from sent",
		},
		{"few samples", Quantiles{ms, 2 * ms, 0, 0}, Quantiles{ms, 2 * ms, 0, 0}, ""},
		{"withheld from due", Quantiles{ms, 2 * ms, 9 * ms, 0}, Quantiles{0, 0, 10 * ms, 0}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := Latency{Sent: test.sent, Due: test.due}
			l.hide()
			if got, _, _ := strings.Cut(l.Hidden.String(), ":"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestNoisy is the truth table of what is noise: only an interval beyond 2 %, or one wider than the plan's resolution.
func TestNoisy(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		noisy     string
	}{
		{0.99, 1.01, ""},
		{1.019, 1.05, ""},
		{0.95, 0.981, ""},
		{1.021, 1.03, "the control differs from itself by more than 2 %"},
		{0.97, 0.979, "the control differs from itself by more than 2 %"},
		{0.96, 1.04, ""},
		{0.94, 1.06, "the control against itself is known to ± 6.0 % only; the plan asks for ± 5.0 %"},
	} {
		a := &Analysis{
			Run:         &measure.Run{Run: record.Run{Plan: &plan.Plan{Resolution: 0.05}}},
			DemandDrift: message.Say("drift.cost"),
		}
		a.floor(Cost{Ratio: stats.Estimate{Center: (test.low + test.high) / 2, Low: test.low, High: test.high, N: 6}})
		if a.Noisy.String() != test.noisy {
			t.Errorf("[%v %v] is called %q, want %q", test.low, test.high, a.Noisy, test.noisy)
		}
	}
}

// TestCostsAreRefused holds that what is no cost is doubted in the analysis, and left as it was in the run.
func TestCostsAreRefused(t *testing.T) {
	l := lab()
	l.Change = func(r *record.Slice) {
		switch {
		case r.Scheme == "token-hs256" && r.Kind == plan.DemandCell:
			r.Rate = 500
		case r.Scheme == "session-redis" && r.Tier == "replica":
			r.Budgets = map[string]float64{fmt.Sprint("replica-", r.First): 0.98}
		}
	}
	run := l.Run()
	a := Compare(run)
	for name, known := range map[string]bool{"token-hs256": false, "session-redis": false, "session-memory": true} {
		if c := costOf(t, a, name); c.CPU.Known() != known {
			t.Errorf("%s has the cost %v", name, c.CPU)
		}
	}
	if len(a.Tiers) != 2 {
		t.Errorf("the tiers, whose cost is measured under a budget on them alone, are %+v", a.Tiers)
	}
	for _, m := range run.Measurements {
		if !m.Valid() {
			t.Fatalf("the run itself was changed: %v", m.Doubts)
		}
	}
}

func TestHeaps(t *testing.T) {
	run := lab().Run()
	a := Compare(run)
	c := costOf(t, a, "token-hs256").Collector
	if c == nil || c.Starts != 6 || math.Abs(c.CPU-2) > 1e-9 {
		t.Errorf("the collector is %+v", c)
	}
	for i := range run.Runtimes {
		if run.Runtimes[i].Scheme == "session-redis" {
			run.Runtimes[i].LiveHeap = 9 << 20
		}
	}
	if a = Compare(run); !strings.Contains(a.Heaps.String(), "9.0 MiB (session-redis)") {
		t.Errorf("heaps: %q", a.Heaps)
	}
	run.Runtimes = nil
	if a = Compare(run); !a.Heaps.IsZero() || a.Demand[0].Collector != nil {
		t.Errorf("without runtimes: %q", a.Heaps)
	}
}

// TestHalfRuns stops a run after every number of slices up to its end: each can be analysed, and none has figures that
// are not numbers.
func TestHalfRuns(t *testing.T) {
	run := lab().Run()
	for stop := 0; stop <= len(run.Measurements); stop += 7 {
		half := *run
		half.Measurements = run.Measurements[:stop]
		half.Events = nil
		a := Compare(&half)
		if a.Partial.IsZero() {
			t.Fatalf("a run killed after %d slices is not partial", stop)
		}
		if text := fmt.Sprintf("%v %v %v", a.Demand, a.Scaling, a.Tiers); strings.Contains(text, "NaN") ||
			strings.Contains(text, "Inf") {
			t.Fatalf("after %d slices a figure is not a number: %s", stop, text)
		}
	}
}

// TestAGeneratorNearItsLimit: above 85 % of its core the run says so, below it does not.
func TestAGeneratorNearItsLimit(t *testing.T) {
	for share, want := range map[float64]bool{0.7: false, 0.9: true} {
		l := lab()
		l.Change = func(r *record.Slice) {
			if r.Kind == plan.DemandCell && r.Scheme == plan.Control {
				r.Use["generator"] = record.Use{CPU: time.Duration(share * float64(r.Elapsed))}
			}
		}
		if a := Compare(l.Run()); a.Pressed.IsZero() == want {
			t.Errorf("with the generator at %g of its core: %q", share, a.Pressed)
		}
	}
}
