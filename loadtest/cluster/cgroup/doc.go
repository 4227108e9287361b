// Package cgroup holds programs to CPU budgets with the kernel's control groups, of version 1 or 2.
//
// It finds out whether the lab may make groups, makes one for each program, and reads from a group how long its budget
// kept the program from running and whether a process is in it. It does not know what the programs are.
package cgroup
