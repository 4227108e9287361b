//go:build !long

package longtest

// Long says that the build tag long is set.
const Long = false
