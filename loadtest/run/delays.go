package run

import (
	"context"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/record"
)

// delays ends logins in every row and measures how soon each replica refuses them. One row stands at a time: nothing else runs
// that could make its replicas wait.
func (r *Run) delays(ctx context.Context) error {
	d := r.plan.Delays
	for _, s := range r.plan.DelayArms() {
		a, down, err := r.standOne(ctx, s, cluster.Spec{Replicas: d.Replicas, Users: 1})
		if err != nil {
			return err
		}
		r.progress.Doing("ending logins of " + s.Name)
		ended, err := credential.Delays(ctx, r.probeConfig(a), d.Of(s))
		down()
		if err != nil {
			return err
		}
		for _, e := range ended {
			if err := r.folder.Delay(record.Delay{Arm: s.Name, Nonce: a.cluster.Nonce(), Refusal: e}); err != nil {
				return err
			}
		}
		r.measured += len(ended)
	}
	return nil
}
