// Package longtest says how often a test repeats what only fails by chance, such as a race.
//
// The build tag long asks for the full number: `go test -tags long ./...`. It is a tag because `go test` passes a flag
// to every test binary, and one that does not define the flag fails.
package longtest

// Times is full with the build tag long, and otherwise usual, which takes seconds and finds frequent failures.
func Times(full, usual int) int {
	if Long {
		return full
	}
	return usual
}
