package plan

import (
	"strings"
	"testing"
	"time"
)

const climbing = "name: mine\nschemes: [token-hs256]\n" +
	"ladder: {slice: 500ms, rounds: 6, shares: [0.1, 0.5], connections: 16}\n"

func TestLadderMistakesAreNamed(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"[0.1, 0.5]", "[0.5, 0.1]", "ladder.shares must rise between 0 and 1"},
		{"[0.1, 0.5]", "[0, 0.5]", "ladder.shares must rise between 0 and 1"},
		{"[0.1, 0.5]", "[0.5, 1]", "ladder.shares must rise between 0 and 1"},
		{"500ms", "50ms", "ladder.slice must be at least 100ms"},
		{"rounds: 6", "rounds: 0", "ladder.rounds must be between 1 and"},
	} {
		_, err := Parse("p.yaml", []byte(strings.Replace(climbing, test.old, test.new, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.new, err, test.want)
		}
	}
}

// TestLadderDuration: three schemes, two shares and saturation, six rounds of half a second, and the work around them.
func TestLadderDuration(t *testing.T) {
	p, err := Parse("p.yaml", []byte(climbing))
	if err != nil {
		t.Fatal(err)
	}
	if d := p.Duration(DefaultCosts); d < 27*time.Second || d > 35*time.Second {
		t.Errorf("it is predicted to take %v", d)
	}
}

// TestAlso: the schemes under also have a demand cell and no other.
func TestAlso(t *testing.T) {
	const text = "name: mine\nschemes: [token-hs256]\n" +
		"demand: {slice: 50ms, rounds: 6, launches: 6, connections: 16, also: [session-memory-no-ballast]}\n"
	p, err := Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	has := func(schemes []Scheme) bool {
		return len(schemes) > 0 && schemes[len(schemes)-1].Name == "session-memory-no-ballast"
	}
	if has(p.AllSchemes()) || !has(p.CostSchemes()) || !has(p.DemandSchemes()) {
		t.Errorf("schemes %v, with a cost %v, with a demand cell %v", p.AllSchemes(), p.CostSchemes(), p.DemandSchemes())
	}
	for _, wrong := range []string{"session-memory-no-balast", "token-hs256"} {
		if _, err := Parse("p.yaml", []byte(strings.Replace(text, "session-memory-no-ballast", wrong, 1))); err == nil {
			t.Errorf("also accepts %s", wrong)
		}
	}
}
