package analysis_test

import (
	"math"
	"strings"
	"testing"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure/measuretest"
	"authlab/loadtest/record"
)

const unequal = `
name: unequal
question: What do unequal users do?
users: 10000
resolution: 0.05
schemes: [session-redis, session-redis+hot-0.5, session-near-hits-25+zipf-0, session-near-hits-25+zipf-1.1, token-hs256]
scaling: {replicas: [1, 4], budget: 0.1, slice: 500ms, rounds: 8, connections: 8}
`

// TestSkewsAreFoundAgain: the synthetic clusters do what their schemes' names say, at twice the cost where one user
// sends half of the requests.
func TestSkewsAreFoundAgain(t *testing.T) {
	a := analysis.Compare(measuretest.Lab{
		Plan: unequal, Seed: 1, Costs: map[string]float64{"session-redis+hot-0.5": 100},
	}.Run())
	want := map[string]struct {
		than                string
		hottest, hits, even float64
	}{
		"session-redis":                 {"", 0, 0, 0},
		"session-redis+hot-0.5":         {"session-redis", 0.5, 0, 0.5},
		"session-near-hits-25+zipf-0":   {"", 0.0001, 0.541, 0},
		"session-near-hits-25+zipf-1.1": {"session-near-hits-25+zipf-0", 0.151, 0.927, 1},
	}
	if len(a.Skews) != 2*len(want) {
		t.Fatalf("got %+v", a.Skews)
	}
	for _, k := range a.Skews {
		w := want[k.Name]
		if k.Than != w.than || math.Abs(k.Hottest-w.hottest) > 0.001 || math.Abs(k.Hits-w.hits) > 0.01 ||
			math.Abs(k.Expected-w.hits) > 0.001 || math.Abs(k.Even.Center-w.even) > 0.02 ||
			math.Abs(k.Busiest-1/float64(k.Replicas)) > 0.01 {
			t.Errorf("got %+v, want %+v", k, w)
		}
	}
}

// TestAHotUserWhoDidNotComeCountsNot: neither do users who came in turn where the scheme's name draws them.
func TestAHotUserWhoDidNotComeCountsNot(t *testing.T) {
	a := analysis.Compare(measuretest.Lab{Plan: unequal, Seed: 1, Change: func(s *record.Slice) {
		if s.Scheme != "session-redis+hot-0.5" {
			return
		}
		switch s.Round {
		case 0:
			s.Hottest = s.Served / 4
		case 1:
			s.Hottest, s.Users = 0, 0
		}
	}}.Run())
	var got []string
	for _, i := range a.Invalid {
		if i.Sentence.Key == "slice.users" {
			got = append(got, i.Cell.String())
			const said = "sent 25.0 % of the requests; by the scheme's name it is 50.0 %"
			if i.Slices != 2 || !strings.Contains(i.Sentence.String(), said) {
				t.Errorf("got %+v", i)
			}
		}
	}
	if len(got) != 3 { // both sizes, and the larger with its store relieved
		t.Errorf("got %q", got)
	}
}
