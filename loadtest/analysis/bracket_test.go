package analysis

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// seek lets a search run against a truth, for at most n trials.
func seek(start float64, n int, truth func(rate float64) Outcome) []Trial {
	var trials []Trial
	for round := range n {
		rate, more := NextRate(start, trials)
		if !more {
			break
		}
		trials = append(trials, Trial{Round: round, Rate: rate, Outcome: truth(rate)})
	}
	return trials
}

// step holds every rate below capacity, and none from there on.
func step(capacity float64) func(float64) Outcome {
	return func(rate float64) Outcome {
		if rate < capacity {
			return Held
		}
		return Broke
	}
}

// flipping is truth, except for a share p of its trials.
func flipping(truth func(float64) Outcome, p float64, seed uint64) func(float64) Outcome {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(rate float64) Outcome {
		if (truth(rate) == Held) != (r.Float64() < p) {
			return Held
		}
		return Broke
	}
}

const trialsOfReference = 24

func TestASearchConvergesOnAStep(t *testing.T) {
	const capacity = 1000
	for _, start := range []float64{500, 700, 900, 990, 1000, 1010, 1100, 1500, 2000} {
		trials := seek(start, trialsOfReference, step(capacity))
		b := bracket(trials)
		if !b.Wide.IsZero() || !b.Least.IsZero() || b.Held >= capacity || b.Broke < capacity || b.Broke > fine*b.Held {
			t.Errorf("from %g the bracket is %+v after %d trials", start, b, len(trials))
		}
	}
}

func TestASearchBearsNoisyTrials(t *testing.T) {
	const capacity, searches = 1000, 400
	found := 0
	for seed := range uint64(searches) {
		b := bracket(seek(900, trialsOfReference, flipping(step(capacity), 0.1, seed)))
		if b.Wide.IsZero() && b.Held < capacity && b.Broke >= capacity {
			found++
		}
	}
	if share := float64(found) / searches; share < 0.95 {
		t.Errorf("with every tenth trial the wrong way round, only %.0f %% of the brackets are narrow and hold the truth",
			100*share)
	}
}

func TestOneBadTrialBetweenGoodOnesDoesNotDecide(t *testing.T) {
	for _, test := range []struct {
		name   string
		trials []Outcome
		want   Outcome
	}{
		{"none", nil, ""},
		{"one", []Outcome{Broke}, ""},
		{"two alike", []Outcome{Held, Held}, Held},
		{"one of each", []Outcome{Held, Broke}, ""},
		{"a bad one between good ones", []Outcome{Held, Broke, Held}, Held},
		{"a good one between bad ones", []Outcome{Broke, Held, Broke}, Broke},
		{"a tie", []Outcome{Held, Broke, Broke, Held}, ""},
		{"the generator's", []Outcome{Limited, Held, Limited}, Limited},
		{"mostly the service's", []Outcome{Limited, Broke, Broke}, Broke},
		{"trials that do not count", []Outcome{Unusual, Unusual, Held, Unusual}, ""},
	} {
		var got Outcome
		s := search{}
		for _, o := range test.trials {
			s.add(Trial{Rate: 100, Outcome: o})
		}
		if len(s.rates) > 0 {
			got = s.rates[0].class()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestASearchFindsItsWayBackFromAWrongFinding(t *testing.T) {
	trials := []Trial{ // 900 truly holds
		{Rate: 900, Outcome: Broke},
		{Rate: 900, Outcome: Broke},
	}
	for len(trials) < trialsOfReference {
		rate, more := NextRate(900, trials)
		if !more {
			break
		}
		trials = append(trials, Trial{Rate: rate, Outcome: step(1000)(rate)})
	}
	if b := bracket(trials); b.Held >= 1000 || b.Broke < 1000 {
		t.Errorf("the bracket is %+v", b)
	}
}

func TestABracketSaysWhatItDoesNotKnow(t *testing.T) {
	bound := func(from float64) func(float64) Outcome {
		return func(rate float64) Outcome {
			if rate < from {
				return Held
			}
			return Limited
		}
	}
	always := func(o Outcome) func(float64) Outcome { return func(float64) Outcome { return o } }
	for _, test := range []struct {
		name        string
		truth       func(float64) Outcome
		trials      int
		least, wide string
	}{
		{"the generator gives out", bound(1000), 24, "the generator was the limit", ""},
		{"nothing gives out", always(Held), 60, "the lab sends no more", ""},
		{"too few trials", step(950), 5, "", "bracket of"},
		{"no rate holds", always(Broke), 8, "", "before a rate held"},
		{"not even a slow one", always(Broke), 60, "", "not even the lowest rate held"},
		{"every rate holds", always(Held), 8, "", "before a rate did not hold"},
		{"no trial counts", always(Unusual), 8, "", "no rate was decided in 8 trials"},
	} {
		b := bracket(seek(900, test.trials, test.truth))
		if !strings.Contains(b.Least.String(), test.least) || !strings.Contains(b.Wide.String(), test.wide) ||
			b.Least.IsZero() != (test.least == "") || b.Wide.IsZero() != (test.wide == "") {
			t.Errorf("%s: %+v", test.name, b)
		}
		if !b.Least.IsZero() && (b.Held == 0 || b.Broke != 0) {
			t.Errorf("%s: at least what? %+v", test.name, b)
		}
	}
}

func TestABracketIsNeverInverted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outcomes := rapid.SliceOfN(rapid.SampledFrom([]Outcome{Held, Broke, Limited, Unusual}), 0, 60).Draw(t, "outcomes")
		var trials []Trial
		for _, o := range outcomes {
			rate, more := NextRate(rapid.Float64Range(1, 40_000).Draw(t, "start"), trials)
			if !more {
				break
			}
			if rate < LeastRate || rate > MostRate {
				t.Fatalf("a trial at %g/s after %v", rate, trials)
			}
			trials = append(trials, Trial{Rate: rate, Outcome: o})
			if b := bracket(trials); b.Held > 0 && b.Broke > 0 && b.Held >= b.Broke {
				t.Fatalf("%+v after %v", b, trials)
			}
		}
	})
}
