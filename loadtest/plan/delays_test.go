package plan

import (
	"strings"
	"testing"
	"time"
)

const ending = "name: mine\nschemes: [session-redis, token-hs256]\ndelays: {replicas: 4, logins: 100}\n"

func TestDelaysMistakesAreNamed(t *testing.T) {
	for _, m := range []struct{ old, new string }{{"replicas: 4", "replicas: 0"}, {"replicas: 4", "replicas: 65"}, {"logins: 100", "logins: 0"}} {
		if _, err := Parse("mine.yaml", []byte(strings.Replace(ending, m.old, m.new, 1))); err == nil || !strings.Contains(err.Error(), "delays needs 1 to 64 replicas") {
			t.Errorf("%s: %v", m.new, err)
		}
	}
}

// TestExpiringLoginsAreFew: each takes up to two seconds to end.
func TestExpiringLoginsAreFew(t *testing.T) {
	p, err := Parse("mine.yaml", []byte(ending))
	if err != nil {
		t.Fatal(err)
	}
	arms := p.DelayArms()
	if len(arms) != 2 || p.Delays.Of(arms[0]) != 100 || p.Delays.Of(arms[1]) != Expiring {
		t.Errorf("of %d rows the logins to end are %d and %d", len(arms), p.Delays.Of(arms[0]), p.Delays.Of(arms[1]))
	}
	if d := p.Duration(DefaultCosts); d < 5*time.Second || d > 20*time.Second {
		t.Errorf("it takes %v", d)
	}
}
