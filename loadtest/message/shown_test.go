package message

import (
	"strings"
	"testing"
)

func TestWhatIsShownIsVisible(t *testing.T) {
	for text, want := range map[string]string{
		"session-redis, 3 µs":        "session-redis, 3 µs",
		" a\tb\r\nc \n":              `a\tb\r\nc`,
		"\x1b[31mred\x1b[0m":         `\x1b[31mred\x1b[0m`,
		"\u202egnp.exe \u009b2J\x7f": `\u202egnp.exe \u009b2J\x7f`,
		"\xff\xfe":                   `\xff\xfe`,
		strings.Repeat("é", 201):     strings.Repeat("é", 200) + "…",
		strings.Repeat("é", 200):     strings.Repeat("é", 200),
	} {
		if got := Shown(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
		if got := Shown([]byte(text)); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
