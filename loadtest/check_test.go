package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestCheck holds the committed reference run to requirements, as a script would.
func TestCheck(t *testing.T) {
	rereads(t)
	const run = "../results/reference"
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"kept": {[]string{run, "--require", "cost(session-redis) <= 2.5 * cost(control)"}, 0, "kept        cost("},
		"broken": {
			[]string{run, "--require", "cost(session-redis) <= 1.2 * cost(control)"}, 99, "1 requirement of 1 broken",
		},
		"one of two": {[]string{
			run, "--require", "cost(session-redis) <= 2.5 * cost(control)", "--require", "share(session-redis, 8) >= 0.9",
		}, 99, "1 requirement of 2 broken"},
		"cannot tell": {[]string{run, "--require", "bottleneck(token-hs256) >= 1"}, 0, "cannot tell bottleneck("},
		"strict": {
			[]string{run, "--strict", "--require", "bottleneck(token-hs256) >= 1"}, 99, "cannot tell of 1 requirement of 1",
		},
		"nothing to check": {[]string{run}, 2, "there is nothing to check"},
		"not readable": {
			[]string{run, "--require", "cost(control) < 1"}, 2, "cannot be read: write FIGURE(SCHEME) <= BOUND",
		},
		"no run":      {[]string{"no-such-folder", "--require", "cost(control) <= 1s"}, 1, "no-such-folder"},
		"no argument": {nil, 2, "name one run"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := authlab(t.Context(), append([]string{"check"}, test.args...), &stdout, &stderr)
			if all := stdout.String() + stderr.String(); code != test.code || !strings.Contains(all, test.says) {
				t.Errorf("exit code %d, want %d; it says\n%s\nand should say %q", code, test.code, all, test.says)
			}
		})
	}
}
