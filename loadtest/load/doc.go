// Package load sends requests on behalf of signed-in users, judges every answer, and records the outcome: a
// record.Slice for each slice of load.
//
// An open loop (Open) sends a request when it is due, whether or not earlier ones were answered, as the users of a
// service do. Its latencies are those that a service promises. Vegeta drives it, with a schedule and a pacer of ours.
//
// A closed loop (Closed) sends the next request of a connection when the last was answered. Its only purpose is to
// saturate: its latencies only show the length of the queue that it made itself. Vegeta does not drive it, because
// Vegeta hands every request from one goroutine to another three times. BenchmarkAgainstVegeta measured what a request
// costs the generator against a server that only writes, in CPU µs of one core of a 2-core virtual machine. The ratio
// is to Vegeta alone in the same second:
//
//	Vegeta alone, over net/http    28
//	Vegeta over our connections    16    0.59 [0.56 0.60]
//	our loop over our connections  10    0.35 [0.33 0.37]
//
// More than four fifths of the rest are the two system calls.
//
// A generator that costs as much as the server cannot keep the server busy. authlab selftest prints what the two cost
// on one machine, each on a core of its own.
//
// Credentials stay in memory: only counts, times, verdicts and the indices of replicas reach the disk.
package load
