package run

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/record"
)

// Each login is shown over so many connections, in slices of that length, of which so many may pass without an answer.
const (
	showConnections = 8
	showSlice       = 50 * time.Millisecond
	showPatience    = 100
)

// show makes every replica of the arms see every login, where that is what spares them a question to the store: what a
// request costs is then what it costs from the second on.
func (r *Run) show(ctx context.Context, arms []*arm, replicas int) error {
	for _, a := range arms {
		if a.scheme.Shown == 0 {
			continue
		}
		r.progress.Doing("showing the logins to every replica of " + a.scheme.Name)
		for i := range replicas {
			if err := r.showOne(ctx, a, i); err != nil {
				return fmt.Errorf("showing the logins to a replica of %s: %w", a.scheme.Name, err)
			}
		}
	}
	return nil
}

func (r *Run) showOne(ctx context.Context, a *arm, replica int) error {
	target, err := load.NewTarget(a.cluster.Direct(replica), "/v1/me", a.cluster.Nonce(), replica, 1, a.at(direct), r.plan.Seed)
	if err != nil {
		return err
	}
	defer target.Close()
	for shown, unanswered := 0, 0; shown < r.plan.Users*a.scheme.Shown; {
		row, err := load.Closed(ctx, record.Cell{}, target, load.ClosedOptions{Connections: showConnections, Window: showSlice})
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case row.Verdicts[record.OK] > 0:
			unanswered = 0
		case unanswered >= showPatience:
			return fmt.Errorf("for %v no request was answered as it should be", showPatience*showSlice)
		default:
			unanswered++
		}
		shown += int(row.Verdicts[record.OK])
	}
	return nil
}
