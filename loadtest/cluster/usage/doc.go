// Package usage reads what processes on this machine's kernel have used: one process, all of a program's, or the lab's
// own.
//
// It takes process ids and returns CPU time, context switches and memory. It does not know what the processes are for,
// or what started them.
package usage
