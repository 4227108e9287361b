// Package usage reads what processes of this machine's kernel have consumed: one, all of a program's, or the lab's own.
//
// It takes process ids and gives CPU time, context switches and memory. It does not know what the processes are for, or
// who started them.
package usage
