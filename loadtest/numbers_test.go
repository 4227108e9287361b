package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// A ceiling that is not a number would be no ceiling, nor would one that is too small or too large to compute with.
func TestCeilingsThatCannotBe(t *testing.T) {
	for flag, values := range map[string][]string{
		"--max-rate": {
			"inf", "+Inf", "-inf", "NaN", "nan", "-1", "0", "-0", "1e309", "1e-300", "1e300",
			"1000001", "0x1p-1074", "", "ten", "1,000",
		},
		"--max-connections": {"0", "-1", "513", "1e3", "inf", "99999999999999999999", ""},
		"--load-users":      {"-1", "1000001", "1e3", "NaN", "99999999999999999999", ""},
	} {
		for _, value := range values {
			var out bytes.Buffer
			results := filepath.Join(t.TempDir(), "results")
			code := authlab(t.Context(), []string{
				"bench", "--results", results, "--target", "http://127.0.0.1:1",
				"--scheme", "control", flag + "=" + value,
			}, &out, &out)
			if said := out.String(); code != askedWrong || !strings.Contains(said, flag) ||
				strings.Count(said, "\n") != 1 {
				t.Errorf("%s=%s: code %d, it said %q", flag, value, code, said)
			}
		}
	}
}
