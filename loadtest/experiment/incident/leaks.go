package incident

import (
	"context"
	"time"

	"authlab/loadtest/experiment"
)

// recover waits until the servers are as they were before the fault, or the time for that is over.
func (t *trial) recover(ctx context.Context) {
	for range 20 {
		after, err := t.servers.Vitals(ctx)
		t.line.After, t.line.Leaked = after, err != nil || leaked(t.line.Before, after, t.connections*t.part.Replicas)
		if !t.line.Leaked || sleep(ctx, 100*time.Millisecond) != nil {
			return
		}
	}
}

// leaked reports whether servers hold more after a fault than before: processes, connections beyond those that the load
// may have left (the balancer may keep one to every replica for each of a client), goroutines beyond those of
// connections, or memory beyond what chance explains.
func leaked(before, after experiment.Vitals, connections int) bool {
	more := func(was, is, some int) bool { return is > was+was/5+some }
	return after.Processes != before.Processes || more(before.Files, after.Files, connections+32) ||
		more(before.Goroutines, after.Goroutines-2*max(0, after.Files-before.Files), 64) ||
		more(int(before.Resident>>20), int(after.Resident>>20), 64)
}
