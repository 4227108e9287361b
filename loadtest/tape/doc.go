// Package tape records the commands that replicas send their Redis, and plays them to it again, faster than a replica
// can. One replica keeps a Redis busy for a small part of a core only, so that nothing else shows what a request costs
// a Redis whose core is full.
//
// It takes connections to a store, and returns counts. It does not know what the commands are for, or what they cost.
//
// How it works, and why so:
//   - Commands come from MONITOR, which shows exactly what Redis was asked, in the order of execution. A proxy
//     between replica and store would see the same, but it would have to be in the replica's configuration, and would
//     delay what it watches. MONITOR slows Redis down too, so that only what was asked is taken from such a time, and
//     no time.
//   - MONITOR does not tell where one read from the network ends. How many commands a read brings is taken from
//     Redis's own counters instead, at a time without MONITOR, and the player sends batches of that mean size. The
//     mean is all that matters as far as a batch costs Redis a fixed time, and each command in it another.
//   - Each connection of the player has one batch under way, as a pipelining client has that waits for answers. With
//     enough connections the next batches wait already while Redis answers the last ones, so that it is never idle.
//   - The player waits for answers in a loop, on a core of its own. Its system calls for a batch are Redis's own, a
//     read and a write, so that Redis, which also executes the commands, is the slower of the two.
//   - Commands that few requests send are left out: they are questions about Redis's health, which would block, or
//     change a connection.
//   - Keys are logins. A tape stays in memory.
//
// What a replay lacks: the connections are as many as the player opens, each of them equally fast; the keys are those
// of the recording, in its order; a replica whose Redis is full would send larger batches, which cost Redis less a
// command.
package tape
