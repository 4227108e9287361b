package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// lying returns a folder with the lab's programs, of which sessiond tells a lie of testdata/liard.
func lying(t *testing.T, lie string) string {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"authlab", "tokend", "controld", "balancerd", "stored"} {
		if err := os.Link(filepath.Join(bin, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-ldflags", "-X main.lie="+lie, "-o", filepath.Join(dir, "sessiond"), "./testdata/liard")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	return dir
}

// TestLie7And16 have a server that asks about each credential once: its rows would be as fast as the control, and one of them
// would not even need its store. It is caught by what the store counted, and by a login that was ended and still works.
func TestLie7And16(t *testing.T) {
	cmd, results, output := lab(t, `
name: cache
question: Does anybody notice?
users: 300
schemes: [session-memory, session-redis]
demand: {slice: 50ms, rounds: 6, restarts: 1, connections: 4}
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
		`demand of session-redis, replica.*6 of 6.*TREATMENT-MISSING.*the store was asked \d\.\d\d times for each request; by the row's design it is 1`,
		`demand of session-redis, replica.*6 of 6.*TREATMENT-MISSING.*replica 0 still took a login that had been ended: it answers without authenticating`,
		`demand of session-memory, replica.*6 of 6.*TREATMENT-MISSING.*replica 0 still took a login that had been ended: it answers without authenticating`,
	} {
		if !regexp.MustCompile(want).Match(report) {
			t.Errorf("the report does not say %s:\n%s", want, report)
		}
	}
}
