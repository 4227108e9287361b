// Package cgroup enforces CPU budgets on programs with the kernel's control groups, version 1 or 2.
//
// It finds out whether the lab may make groups and makes one for each program. From a group it reads how long the
// budget kept the program from running, and whether a process is in the group. It does not know what the programs are.
package cgroup
