package delays

import (
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

const ending = "name: mine\nschemes: [session-redis, token-hs256]\ndelays: {replicas: 4, logins: 100}\n"

func TestDelaysMistakesAreNamed(t *testing.T) {
	for _, m := range []struct{ old, new string }{
		{"replicas: 4", "replicas: 0"},
		{"replicas: 4", "replicas: 65"},
		{"logins: 100", "logins: 0"},
	} {
		if _, err := plan.Parse("mine.yaml", []byte(strings.Replace(ending, m.old, m.new, 1)), Kind.Part); err == nil ||
			!strings.Contains(err.Error(), "delays needs 1 to 64 replicas") {
			t.Errorf("%s: %v", m.new, err)
		}
	}
}

// TestExpiringLoginsAreFew: each takes up to two seconds to end.
func TestExpiringLoginsAreFew(t *testing.T) {
	p, err := plan.Parse("mine.yaml", []byte(ending), Kind.Part)
	if err != nil {
		t.Fatal(err)
	}
	part, _ := plan.PartOf[*Part](p)
	schemes := part.schemes(p)
	if len(schemes) != 2 || part.Of(schemes[0]) != 100 || part.Of(schemes[1]) != Expiring {
		t.Errorf("of %d rows the logins to end are %d and %d", len(schemes), part.Of(schemes[0]), part.Of(schemes[1]))
	}
	if d := p.Duration(plan.DefaultCosts); d < 5*time.Second || d > 20*time.Second {
		t.Errorf("it takes %v", d)
	}
}
