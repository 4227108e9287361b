package api

import (
	"os"
	"runtime"
)

// newBallast returns memory of a size in bytes that is never touched, and takes the heap through one collection.
//
// A heap that has not been collected yet takes every new object from pages that the process has never touched, and the
// kernel maps each of them at its first use. On a virtual machine that made requests cost up to 1.6 times as much until
// the first collection, which comes after as many bytes as the ballast has: here after about 25,000 requests. A server
// that has run for a minute does not pay that any more, so a new one must not either where their costs are compared.
func newBallast(size int) []byte {
	ballast := make([]byte, size)
	if size == 0 {
		return ballast
	}
	runtime.GC() // the heap may now grow to twice what is alive
	const chunk, cycles = 64 << 10, "/gc/cycles/total:gc-cycles"
	page := os.Getpagesize()
	began := sample(cycles)
	for filled := 0; filled < 2*size && sample(cycles) == began; filled += chunk {
		touched = make([]byte, chunk)
		for i := 0; i < chunk; i += page {
			touched[i] = 1
		}
	}
	touched = nil
	if sample(cycles) == began { // on a busy machine a collection may last longer than the filling
		runtime.GC()
	}
	return ballast
}

// touched keeps the compiler from leaving out what nothing reads.
var touched []byte
