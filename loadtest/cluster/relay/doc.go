// Package relay puts a distance between programs of one machine: it passes TCP streams on after a delay.
//
// Each direction waits for half of the round trip. Nothing else is changed: a relay does not limit the rate, and it
// keeps the order of the bytes. It works in the lab's own process, so that its CPU time counts as the lab's and never
// as that of the programs at its ends.
//
// Toxiproxy has a latency of this kind, on Go's timers. When a process idles, those end up to a millisecond late,
// because the runtime waits for its network in whole milliseconds: too late for a round trip of 1 ms. The relay's clock
// is a timer of the kernel, which the runtime's network poller waits for like for a socket.
package relay
