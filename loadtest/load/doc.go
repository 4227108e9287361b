// Package load sends requests on behalf of signed-in users, judges every answer, and tells what became of them: a record.Slice
// for each slice of load.
//
// An open loop (Open) sends when a request is due, whether or not earlier ones were answered, as the users of a service
// do. Its latencies are those a service promises. Vegeta drives it, by a schedule and a pacer of ours.
//
// A closed loop (Closed) sends the next request of a connection when the last was answered. It saturates, and nothing
// else: its latencies only say how long the queue was that it made itself. Vegeta does not drive it: it hands every
// request from one goroutine to another three times. What a request costs the generator, in CPU µs of one core of a
// 2-core virtual machine and as a ratio to Vegeta alone in the same second, by BenchmarkAgainstVegeta against a server
// that only writes:
//
//	Vegeta alone, over net/http    28
//	Vegeta over our connections    16    0.59 [0.56 0.60]
//	our loop over our connections  10    0.35 [0.33 0.37]
//
// More than four fifths of what is left are the two system calls.
//
// A generator that costs as much as what it measures cannot keep it busy. What the two cost on one machine, each on a core
// of its own, authlab selftest prints.
//
// Credentials stay in memory: what reaches the disk is counts, times, verdicts and the indices of replicas.
package load
