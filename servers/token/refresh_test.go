package token

import (
	"strings"
	"testing"
)

func TestRefreshToken(t *testing.T) {
	both := []key{second, first}
	f := family{randomID(), 7}
	text := f.encode([]key{first})
	if again := f.encode([]key{first}); again != text || len(text) != 70 {
		t.Errorf("%q, %q", text, again)
	}
	if got, ok := parseRefresh(text, both); !ok || got != f {
		t.Error(got, ok)
	}
	if _, ok := parseRefresh(text, []key{second}); ok {
		t.Error("another key took it")
	}
	for i := range len(text) {
		for bit := range 8 {
			b := []byte(text)
			b[i] ^= 1 << bit
			if got, ok := parseRefresh(string(b), both); ok {
				t.Errorf("bit %d of character %d makes no difference: %v", bit, i, got)
			}
		}
	}
	for _, bad := range []string{
		"", text + "=", text + "A", text[1:], text + "\n", "\n" + text[1:],
		strings.Repeat("A", 70), strings.Repeat("A", 1<<20),
	} {
		if _, ok := parseRefresh(bad, both); ok {
			t.Errorf("%.80q was taken", bad)
		}
	}
}

func FuzzRefreshToken(f *testing.F) {
	keys := []key{first, second}
	good := family{strings.Repeat("A", 22), 3}.encode(keys)
	for _, s := range []string{good, "", good + "=", good[:69] + "\n", strings.Repeat("A", 70)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, ok := parseRefresh(s, keys); ok && got.encode(keys) != s {
			t.Errorf("%q is taken for %v, whose token is %q", s, got, got.encode(keys))
		}
	})
}
