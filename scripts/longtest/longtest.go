// Package longtest says how often a test repeats what only fails by chance, such as a race, and leaves out tests that
// vary another.
//
// The build tag long asks for everything: `go test -tags long ./...`. It is a tag because `go test` passes a flag
// to every test binary, and one that does not define the flag fails.
package longtest

import "testing"

// Times is full with the build tag long, and otherwise usual, which takes seconds and finds frequent failures.
func Times(full, usual int) int {
	if Long {
		return full
	}
	return usual
}

// Only skips a test of a variant without the build tag long. Another test of the same kind must run without it.
func Only(t testing.TB) {
	t.Helper()
	if !Long {
		t.Skip("a variant of another test is skipped without -tags long")
	}
}
