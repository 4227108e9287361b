package run

import (
	"fmt"
	"syscall"

	"authlab/loadtest/plan"
)

// spare are the file descriptors that a run takes besides its connections, at least: files, pipes, and those of the
// runtime.
const spare = 64

// roomFor refuses a load whose connections this process can certainly not hold: every one of them would seem to be
// refused.
func roomFor(connections int, instead string) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur >= uint64(connections+spare) {
		return nil // where it cannot be known, the slices tell
	}
	return fmt.Errorf("this process may have %d files open at once, and %d connections need at least %d: raise the "+
		"limit (ulimit -n), or %s",
		limit.Cur, connections, connections+spare, instead)
}

// sideBySide is how many connections a plan holds at once, at least: those of the rows that stand side by side.
func sideBySide(p *plan.Plan) int {
	most := 0
	if d := p.Demand; d != nil {
		most = max(most, len(p.DemandSchemes())*d.Connections)
	}
	if s := p.Scaling; s != nil {
		most = max(most, len(p.AllSchemes())*s.Replicas[0]*s.Connections)
	}
	return most
}
