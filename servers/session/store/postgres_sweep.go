package store

import (
	"context"
	"time"
)

// How expired sessions are removed. A batch locks its rows for about a millisecond, and skips those in use; replicas
// that sweep at the same time take different ones.
const (
	postgresSweep = 10 * time.Second
	postgresBatch = 500
	betweenSweeps = 20 * time.Millisecond
)

// sweep removes expired sessions in batches, with pauses for requests.
func (p *Postgres) sweep(ctx context.Context) {
	defer close(p.done)
	wait := time.NewTimer(postgresSweep)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		next := postgresSweep
		for _, sql := range []string{sweepSessions, sweepTraces} {
			// What cannot be removed now is removed later: reads check the time too.
			if removed, err := p.exec(ctx, "remove expired sessions", sql); err == nil && removed == postgresBatch {
				next = betweenSweeps
			}
		}
		wait.Reset(next)
	}
}
