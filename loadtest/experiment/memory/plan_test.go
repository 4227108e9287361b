package memory

import (
	"strings"
	"testing"

	"authlab/loadtest/plan"
)

const filling = "name: mine\nschemes: [session-memory, session-sticky, token-hs256]\nmemory: {logins: [1000, 10000], " +
	"beyond: 100000, starts: 6}\n"

func TestMemoryMistakesAreNamed(t *testing.T) {
	for _, m := range []struct{ old, new, want string }{
		{"[1000, 10000]", "[1000]", "at least two numbers of logins"},
		{"[1000, 10000]", "[1000, 1000]", "must rise, to at most 1000000"},
		{"[1000, 10000]", "[0, 1000]", "must rise"},
		{"[1000, 10000]", "[1000, 1000001]", "must rise, to at most 1000000"},
		{"beyond: 100000", "beyond: 10000", "beyond to be more than the largest of logins"},
		{"starts: 6", "starts: 0", "and starts, up to"},
		{"beyond: 100000, starts: 6", "beyond: -1, starts: 6", "(or left out)"},
	} {
		if _, err := plan.Parse("mine.yaml", []byte(strings.Replace(filling, m.old, m.new, 1)), Kind.Part); err == nil ||
			!strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: %v, want %q", m.new, err, m.want)
		}
	}
}

// TestMemoryArms: the control keeps no users, and session-sticky is session-memory's program.
func TestMemoryArms(t *testing.T) {
	p, err := plan.Parse("mine.yaml", []byte(filling), Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range p.LoginSchemes() {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "session-memory token-hs256" {
		t.Error(got)
	}
	alone, err := plan.Parse("mine.yaml", []byte(strings.Replace(filling, "session-memory, ", "", 1)), Kind.Part)
	if err != nil || len(alone.LoginSchemes()) != 2 {
		t.Errorf("without session-memory there is nobody in whose place session-sticky could be measured: %v, %v", alone, err)
	}
	stages := p.Predict(plan.DefaultCosts)
	if len(stages) != 1 || stages[0].Name != "memory" || stages[0].Time < 12*2*2*Pause {
		t.Errorf("%+v", stages)
	}
}
