package message_test

import (
	"strings"
	"testing"

	"authlab/loadtest/message"
)

// TestUnbroken: a figure and its unit stay on one line, and so does a name with its number. Nothing else changes.
func TestUnbroken(t *testing.T) {
	for _, c := range []string{ // ~ for each space at which no line may break
		"it expires (10~s, and 2~s for clocks that differ)", "4~% of a core", "40,000~µs of CPU", "50~ms away",
		"Line~9. The token's header", "replica~2 of the logout, when it answers replica~1", "RFC~9700 asks",
		"코어의 4~%를, Redis에 1~%를", "레플리카~1에서", "for 10~seconds, 3.2~times", "below 2~replicas", "from 2 to 4~replicas",
		"with 8 sessions", "the 3 servers", "a 401 should", "2 hosts", "200 users", "in 2026 minor",
	} {
		plain := strings.ReplaceAll(c, "~", " ")
		want := strings.ReplaceAll(c, "~", "\u00a0")
		if got := message.Unbroken(plain); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
