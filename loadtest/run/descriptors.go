package run

import (
	"fmt"
	"syscall"

	"authlab/loadtest/plan"
)

// spare is the least number of file descriptors that a run needs besides its connections: for files, pipes and the
// runtime.
const spare = 64

// roomFor refuses a load with more connections than this process can open. Without the check, the connections beyond
// the limit would look as if the server had refused them.
func roomFor(connections int, instead string) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur >= uint64(connections+spare) {
		return nil // where the limit is unknown, the slices show it
	}
	return fmt.Errorf("this process may have %d files open at once, and %d connections need at least %d: raise the "+
		"limit (ulimit -n), or %s",
		limit.Cur, connections, connections+spare, instead)
}

// sideBySide returns the least number of connections that a plan holds at once: those of the schemes that run side by
// side.
func sideBySide(p *plan.Plan) int {
	most := 0
	if d := p.Demand; d != nil {
		most = max(most, len(p.DemandSchemes())*d.Launches*d.Connections)
	}
	if s := p.Scaling; s != nil {
		most = max(most, len(p.AllSchemes())*s.Replicas[0]*s.Connections)
	}
	return most
}
