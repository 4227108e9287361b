package run

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/load"
	"authlab/loadtest/record"
)

// How the logins are shown: the number of connections, the length of a slice, and the number of successive slices that
// may pass without an answer.
const (
	showConnections = 8
	showSlice       = 50 * time.Millisecond
	showPatience    = 100
)

// show sends every login to every replica, where a replica needs no store lookup for a login that it has seen. The
// measured cost is then that of a login's second and later requests.
func (r *Run) show(ctx context.Context, deployments []*deployment) error {
	for _, d := range deployments {
		if d.scheme.Shown == 0 {
			continue
		}
		r.progress.Doing("showing the logins to every replica of " + d.scheme.Name)
		for i := range d.cluster.Size() {
			if err := r.showOne(ctx, d, i); err != nil {
				return fmt.Errorf("showing the logins to a replica of %s: %w", d.scheme.Name, err)
			}
		}
	}
	return nil
}

func (r *Run) showOne(ctx context.Context, d *deployment, replica int) error {
	target, err := load.NewTarget(
		d.cluster.Direct(replica), "/v1/me", d.cluster.Nonce(), replica, 1, d.at(direct(replica)), r.plan.Seed,
	)
	if err != nil {
		return err
	}
	defer target.Close()
	target.Let(d.scheme.Identities, r.plan.Seed)
	for shown, unanswered := 0, 0; shown < r.plan.Users*d.scheme.Shown; {
		o := load.ClosedOptions{Connections: showConnections, Window: showSlice}
		row, err := load.Closed(ctx, record.Cell{}, target, o)
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case row.Verdicts[record.OK] > 0:
			unanswered = 0
		case unanswered >= showPatience:
			return fmt.Errorf("no request was answered correctly for %v", showPatience*showSlice)
		default:
			unanswered++
		}
		shown += int(row.Verdicts[record.OK])
	}
	return nil
}
