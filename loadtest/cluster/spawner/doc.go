// Package spawner forks children that cannot outlive the process that forks them.
//
// It takes a description of a child and returns the running command, which the caller waits for. It does not know what
// the children are for.
package spawner
