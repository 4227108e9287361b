package main

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"authlab/scripts/prebuilt"
)

// liar builds testdata/liard once for all tests of this package.
var liar = sync.OnceValues(func() (string, error) {
	bin, err := build()
	if err != nil {
		return "", err
	}
	return bin, prebuilt.Programs(bin, "authlab/loadtest/testdata/liard")
})

// lying returns a folder with the lab's programs, where sessiond tells a lie of testdata/liard.
func lying(t *testing.T, lie string) string {
	t.Helper()
	programs(t) // or skips the test
	bin, err := liar()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, as := range map[string]string{
		"authlab": "authlab", "tokend": "tokend", "controld": "controld", "balancerd": "balancerd", "stored": "stored",
		"liard": "sessiond",
	} {
		if err := os.Link(filepath.Join(bin, name), filepath.Join(dir, as)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "lie"), []byte(lie), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLie7And16 use a server that checks each credential only once. Its schemes would be as fast as the control, and
// one of them would not need its store. The store's count gives it away, and so does a login that still works after its
// end.
func TestLie7And16(t *testing.T) {
	cmd, results, output := lab(t, `
name: cache
question: Is the lie noticed?
users: 300
schemes: [session-memory, session-redis]
demand: {slice: 50ms, rounds: 6, launches: 1, connections: 4}
`)
	cmd.Path = filepath.Join(lying(t, "cache"), "authlab")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	report, err := os.ReadFile(filepath.Join(onlyRun(t, results), "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`demand of session-redis, replica.*\d of 6.*TREATMENT-MISSING.*the store was asked \d\.\d\d times for each ` +
			`request; by the scheme's design it is 1`,
		`demand of session-redis, replica.*\d of 6.*TREATMENT-MISSING.*replica 0 still took a login that had been ended: ` +
			`it answers without authenticating`,
		`demand of session-memory, replica.*\d of 6.*TREATMENT-MISSING.*replica 0 still took a login that had been ended: ` +
			`it answers without authenticating`,
	} {
		if !regexp.MustCompile(want).Match(report) {
			t.Errorf("the report does not say %s:\n%s", want, report)
		}
	}
}
