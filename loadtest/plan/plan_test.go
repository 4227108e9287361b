package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const minimal = "name: mine\nschemes: [token-hs256]\n" +
	"scaling: {replicas: [1, 2], budget: 0.1, slice: 200ms, rounds: 6, connections: 8}\n"

func TestPlanMistakesAreNamed(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", "name: mine\nround: 3\n" + minimal[11:], "p.yaml:2: unknown field \"round\""},
		{"unknown nested key", strings.Replace(minimal, "rounds", "runds", 1), "p.yaml:3: unknown field \"runds\""},
		{"no YAML", "name: [", "p.yaml:1"},
		{"wrong type", strings.Replace(minimal, "200ms", "many", 1), `p.yaml: time: invalid duration "many"`},
		{"no unit", strings.Replace(minimal, "200ms", "200", 1), `p.yaml:3: "200" is not a duration such as 50ms`},
		{"no number", strings.Replace(minimal, "rounds: 6", "rounds: six", 1), `p.yaml:3: "six" is not a whole number`},
		{"half a round", strings.Replace(minimal, "rounds: 6", "rounds: 6.5", 1), `p.yaml:3: "6.5" is not a whole number`},
		{"half a replica", strings.Replace(minimal, "[1, 2]", "[1, 2.5]", 1), `p.yaml:3: "2.5" is not a whole number`},
		{
			"unknown scheme", strings.Replace(minimal, "token-hs256", "token-hs265", 1),
			`no scheme "token-hs265"; the schemes are control,`,
		},
		{
			"scheme twice", strings.Replace(minimal, "[token-hs256]", "[token-hs256, token-hs256]", 1),
			"names token-hs256 twice",
		},
		{"no scheme", strings.Replace(minimal, "[token-hs256]", "[]", 1), "schemes is empty"},
		{"falling sizes", strings.Replace(minimal, "[1, 2]", "[2, 1]", 1), "must rise"},
		{"equal sizes", strings.Replace(minimal, "[1, 2]", "[2, 2]", 1), "must rise"},
		{
			"held out too early", strings.Replace(minimal, "[1, 2]", "[1, 2, 4], held_out: 2", 1),
			"with at least two smaller ones",
		},
		{"tiny budget", strings.Replace(minimal, "0.1", "0.009", 1), "at least 0.01"},
		{"negative budget", strings.Replace(minimal, "0.1", "-1", 1), "above 0"},
		{"nothing to measure", "name: mine\nschemes: [token-hs256]\n", "nothing to measure"},
		{"target and more", minimal + "target: {slice: 2s, rounds: 1, connections: [8]}\n", "target stands alone"},
		{
			"falling connections", "name: mine\ntarget: {slice: 2s, rounds: 1, connections: [8, 4]}\n",
			"target.connections must rise",
		},
		{
			"rates without samples", "name: mine\ntarget: {slice: 2s, rounds: 1, connections: [8], rates: [50]}\n",
			"target.samples must be between 1 and",
		},
		{"short slice", strings.Replace(minimal, "200ms", "1ms", 1), "scaling.slice must be between"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse("p.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want an error with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is more than a sentence:\n%v", err)
			}
		})
	}
	if _, err := Parse("p.yaml", []byte(minimal)); err != nil {
		t.Fatalf("the plan that the cases change is itself refused: %v", err)
	}
}

func TestLoadFromFileAndUnknownName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Load(path)
	if err != nil || p.Name != "mine" || p.Users != 10_000 {
		t.Fatalf("Load(%s) = %+v, %v", path, p, err)
	}
	const plans = "the plans are quick, bench, algorithms, revocation, options, cache, claims, store, skew, login, " +
		"memory, exploits, incidents, million, peers, rows, reference and target"
	if _, err := Load("bnech"); err == nil || !strings.Contains(err.Error(), plans) {
		t.Errorf("an unknown plan: %v", err)
	}
	const missing = "cannot read the plan missing.yaml: no such file"
	if _, err := Load("missing.yaml"); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestShuffleVisitsEverySchemeOnceAndRepeats(t *testing.T) {
	p := &Plan{Seed: 7}
	orders := map[string]bool{}
	for round := range 50 {
		order := p.Shuffle(DemandCell, round, 6)
		if !slices.Equal(order, p.Shuffle(DemandCell, round, 6)) {
			t.Fatal("the same round is shuffled differently the second time")
		}
		key := ""
		for _, i := range order {
			key += string(rune('a' + i))
		}
		orders[key] = true
		sorted := slices.Sorted(slices.Values(order))
		if !slices.Equal(sorted, []int{0, 1, 2, 3, 4, 5}) {
			t.Fatalf("round %d visits %v", round, order)
		}
	}
	if len(orders) < 40 {
		t.Errorf("50 rounds have only %d orders", len(orders))
	}
}

func TestSchemesOfStages(t *testing.T) {
	p := &Plan{Schemes: []string{"session-memory", "session-sticky", "token-hs256"}, Latency: &Latency{Replicas: 2}}
	names := func(schemes []Scheme) (n []string) {
		for _, s := range schemes {
			n = append(n, s.Name)
		}
		return n
	}
	want := []string{Control, Twin, "session-memory", "token-hs256"}
	if got := names(p.DemandSchemes()); !slices.Equal(got, want) {
		t.Errorf("demand schemes are %v, want %v: sticky on one replica is memory", got, want)
	}
	want = []string{Control, Twin, "session-sticky", "token-hs256"}
	if got := names(p.LatencySchemes()); !slices.Equal(got, want) {
		t.Errorf("latency schemes are %v, want %v: a scheme that loses logins has no latency", got, want)
	}
	p.Schemes = []string{"session-sticky"}
	if got := names(p.DemandSchemes()); !slices.Contains(got, "session-sticky") {
		t.Errorf("without session-memory in the plan, session-sticky has no demand cell: %v", got)
	}
}

// TestPeriodsFollowBudgets: the kernel refuses a quota below 1 ms, and a plan's own figure is never shortened.
func TestPeriodsFollowBudgets(t *testing.T) {
	s := Scaling{Slice: 500 * time.Millisecond}
	for _, test := range []struct {
		budget         Budget
		period, window time.Duration
	}{
		{1, 20 * time.Millisecond, 500 * time.Millisecond},
		{0.05, 20 * time.Millisecond, 500 * time.Millisecond},
		{0.049, 30 * time.Millisecond, 500 * time.Millisecond},
		{0.03, 40 * time.Millisecond, 500 * time.Millisecond},
		{0.02, 60 * time.Millisecond, 600 * time.Millisecond},
		{0.01, 120 * time.Millisecond, 1200 * time.Millisecond},
		{Auto, 20 * time.Millisecond, 500 * time.Millisecond},
	} {
		if p, w := test.budget.Period(), s.Window(test.budget); p != test.period || w != test.window {
			t.Errorf("%v core: a period of %v and slices of %v, want %v and %v", test.budget, p, w, test.period, test.window)
		}
		if q := test.budget.Period().Seconds() * float64(test.budget); test.budget != Auto && q < 0.001-1e-12 {
			t.Errorf("%v core: a quota of %g s", test.budget, q)
		}
		if w := test.budget.Warmup(); w != 6*test.period {
			t.Errorf("%v core: a warm-up of %v", test.budget, w)
		}
		if p := test.budget.Patience(); p < 200*time.Millisecond || p != 12*test.period {
			t.Errorf("%v core: a store may take %v", test.budget, p)
		}
	}
}

func TestSizesOfASchemeAndOfAPrediction(t *testing.T) {
	s := Scaling{Replicas: []int{1, 2, 4, 8, 16}, UpTo: map[string]int{"session-memory": 4}, HeldOut: 8}
	for name, got := range map[string][]int{
		"[1 2 4 8 16]": s.SizesOf("session-redis", s.Replicas), "[1 2 4]": s.SizesOf("session-memory", s.Replicas),
		"[1 2 4] ": s.Calibrated(), "[1 8 16]": s.HeldBack(), "[1]": s.SizesOf("session-memory", s.HeldBack()),
	} {
		if fmt.Sprint(got) != strings.TrimSpace(name) {
			t.Errorf("got %v, want %s", got, name)
		}
	}
	if fmt.Sprint(s.Replicas) != "[1 2 4 8 16]" {
		t.Errorf("the plan itself was changed: %v", s.Replicas)
	}
}

// TestMachinesThatAreNotAlike: a plan may give the store a machine of another size.
func TestMachinesThatAreNotAlike(t *testing.T) {
	p, err := Parse("p.yaml", []byte(strings.Replace(minimal, "budget: 0.1", "budgets: {replica: 0.03, store: 0.015}", 1)))
	if err != nil || p.Scaling.Asked() != 0.03 || p.Scaling.Store(0.03) != 0.015 {
		t.Fatalf("got %+v, %v", p, err)
	}
	again, err := Parse("p.yaml", p.Text())
	if err != nil || again.Scaling.Store(0.03) != 0.015 {
		t.Errorf("kept as\n%s%v", p.Text(), err)
	}
	p, err = Parse("p.yaml", []byte(strings.Replace(minimal, "budget: 0.1", "budgets: {replica: auto}", 1)))
	if err != nil || p.Scaling.Asked() != Auto || p.Scaling.Store(0.1) != 0.1 {
		t.Errorf("got %+v, %v", p, err)
	}
}

// TestRestartsAreOfOlderRuns: the plan of a run that had them is read, and not run again.
func TestRestartsAreOfOlderRuns(t *testing.T) {
	text := "name: old\nschemes: [token-hs256]\ndemand: {slice: 50ms, rounds: 6, restarts: 6, connections: 4}\n"
	if p, err := Parse("plan.yaml", []byte(text)); err != nil || p.Demand.Starts() != 6 {
		t.Errorf("got %+v, %v", p, err)
	}
	file := filepath.Join(t.TempDir(), "old.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ToRun(file); err == nil || !strings.Contains(err.Error(), "launches") {
		t.Errorf("got %v", err)
	}
	both := strings.Replace(text, "restarts: 6", "restarts: 6, launches: 6", 1)
	if _, err := Parse("plan.yaml", []byte(both)); err == nil || !strings.Contains(err.Error(), "launches alone") {
		t.Errorf("got %v", err)
	}
}

func TestBudgets(t *testing.T) {
	c := Costs{Replica: 50, Balancer: 40, Generator: 10} // balancer and generator together cost as much as a replica
	for _, test := range []struct {
		cores, replicas int
		want            Budget
	}{
		{2, 4, 0.15},  // (4+1) + 2·4 = 13; 2/13 = 0.154
		{2, 8, 0.05},  // 25; 0.08
		{16, 8, 0.6},  // 0.64
		{64, 4, 1},    // never more than a core
		{2, 24, 0.02}, // 73; 0.027
		{2, 64, 0.01}, // 193; 0.0104
		{1, 64, 0},    // 0.005: does not fit
	} {
		got := AutoBudget(test.cores, test.replicas, c)
		if diff := float64(got - test.want); diff > 1e-9 || diff < -1e-9 {
			t.Errorf("AutoBudget(%d cores, %d replicas) = %v, want %v", test.cores, test.replicas, got, test.want)
		}
		if ok, why := Fits(test.cores, test.replicas, max(got, MinBudget), c); ok != (got > 0) {
			t.Errorf("Fits(%d cores, %d replicas, %v) = %v, %s", test.cores, test.replicas, got, ok, why)
		}
	}
	if ok, why := Fits(2, 8, 0.1, c); !ok { // 0.9 + 0.8
		t.Errorf("8 replicas of 0.1 core do not fit on 2 cores: %s", why)
	}
	if _, why := Fits(2, 64, 0.05, c); !strings.Contains(why, "6.45 of 2 cores") {
		t.Errorf("the arithmetic is %q", why)
	}
}
