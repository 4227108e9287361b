// Package spawner forks children that cannot outlive the process that forks them.
//
// It takes what a child is to be and gives the running command, which its caller waits for. It does not know what the
// children are for.
package spawner
