package logins

import (
	"strings"
	"testing"

	"authlab/loadtest/plan"
)

const loggingIn = "name: mine\nschemes: [session-redis]\nusers: 100\nlogins: {starts: 6, logins: 100, passwords: 8, " +
	"rate: 200, storm: 4, window: 1s}\n"

func TestLoginsMistakesAreNamed(t *testing.T) {
	if _, err := plan.Parse("mine.yaml", []byte(loggingIn), Kind.Part); err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct{ old, new, want string }{
		{"starts: 6", "starts: 0", "logins needs starts, logins, passwords and storm"},
		{"passwords: 8", "passwords: 0", "logins needs starts, logins, passwords and storm"},
		{"storm: 4", "storm: 0", "logins needs starts, logins, passwords and storm"},
		{"logins: 100", "logins: 101", "logins has 101 of them at a start, and the plan 100 users"},
		{"rate: 200", "rate: 0", "a rate from 0.1 to 10000 requests/s and a window"},
		{"rate: 200", "rate: .nan", "a rate from 0.1 to 10000 requests/s and a window"},
		{"window: 1s", "window: 0s", "a rate from 0.1 to 10000 requests/s and a window"},
	} {
		if _, err := plan.Parse("mine.yaml", []byte(strings.Replace(loggingIn, m.old, m.new, 1)), Kind.Part); err == nil ||
			!strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: %v, want %q", m.new, err, m.want)
		}
	}
}
