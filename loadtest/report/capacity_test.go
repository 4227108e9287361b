package report

import (
	"strings"
	"testing"
	"time"

	"authlab/loadtest/analysis"
	"authlab/loadtest/measure"
	"authlab/loadtest/message"
	"authlab/loadtest/page"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

func sought(t *testing.T) *analysis.Analysis {
	p, err := plan.Parse("seeking.yaml", []byte("name: seeking\nschemes: [session-memory, session-redis, token-hs256]\n"+
		"capacity: {replicas: [1, 4], budget: 0.1, slice: 2s, trials: 24, p99: 100ms, errors: 0.001}\n"))
	if err != nil {
		t.Fatal(err)
	}
	cell := func(name string, n int, b analysis.Bracket, trials ...analysis.Trial) analysis.Capacity {
		s, err := plan.SchemeNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		return analysis.Capacity{Name: name, Scheme: s, Replicas: n, Budget: 0.1, Bracket: b, Trials: trials}
	}
	return &analysis.Analysis{Run: &measure.Run{Run: record.Run{Plan: p}}, Capacity: []analysis.Capacity{
		cell("session-memory", 1, analysis.Bracket{Held: 1000, Broke: 1040},
			analysis.Trial{Rate: 1000, Outcome: analysis.Held, P99: 51 * time.Millisecond},
			analysis.Trial{Rate: 1040, Outcome: analysis.Broke, P99: 151 * time.Millisecond, Why: message.Say(analysis.TooSlow,
				"ms", 151)},
			analysis.Trial{Rate: 1000, Outcome: analysis.Broke, P99: 88 * time.Millisecond, Why: message.Say("trial.failed",
				"share", 0.002)}),
		cell("session-redis", 4, analysis.Bracket{Held: 3000, Broke: 3600, Wide: message.Say("bracket.wide", "share", 0.2)}),
		cell("token-hs256", 4, analysis.Bracket{Held: 5000, Least: message.Say("bracket.generator", "rate", 5200)}),
	}}
}

func TestCapacitySaysWhatIsKnownAndShowsEveryTrial(t *testing.T) {
	s := capacitySection(sought(t))
	if len(s) != 1 || len(s[0].Tables) != 2 {
		t.Fatalf("the section is %+v", s)
	}
	found, trials := s[0].Tables[0].Text(message.English), s[0].Tables[1].Text(message.English)
	for _, want := range [][]string{
		{"session-memory", "1", "1000", "1040", "4.0 %", "3", page.None},
		{"session-memory", "4", "n/a", "n/a", "n/a", "0", "it loses logins"},
		{"session-redis", "4", "3000", "3600", "20.0 %", "0", "not resolved: the trials ran out"},
		{"token-hs256", "4", "≥ 5000", page.None, page.None, "0", "at least: at 5200/s the generator"},
	} {
		if !hasLine(found, want) {
			t.Errorf("no line with %q in\n%s", want, found)
		}
	}
	for _, want := range [][]string{
		{"session-memory", "1", "1000", "1", "1", "0", "0", "51 ms · 88 ms (0.20 % of the requests failed)"},
		{"session-memory", "1", "1040", "0", "1", "0", "0", "151 ms"},
	} {
		if !hasLine(trials, want) {
			t.Errorf("no line with %q in\n%s", want, trials)
		}
	}
}

// hasLine reports whether a line of text has these words in this order, and nothing but space between them.
func hasLine(text string, words []string) bool {
	for line := range strings.Lines(text) {
		if strings.Contains(strings.Join(strings.Fields(line), " "), strings.Join(words, " ")) {
			return true
		}
	}
	return false
}

func TestCapacityThatWasNotMeasuredSaysWhy(t *testing.T) {
	a := sought(t)
	a.Capacity, a.Run.Environment.Budgets = nil, "none"
	if s := capacitySection(a); len(s) != 1 || !strings.Contains(s[0].Text[0].String(),
		"Capacity cannot be measured here, because it needs CPU budgets") {
		t.Errorf("the section is %+v", s)
	}
	a.Run.Plan.Capacity = nil
	if s := capacitySection(a); s != nil {
		t.Errorf("a plan that does not ask has %+v", s)
	}
}
