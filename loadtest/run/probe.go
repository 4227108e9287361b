package run

import (
	"context"
	"errors"
	"sync"

	"authlab/loadtest/credential"
	"authlab/loadtest/record"
)

// probe ends a login at every arm, all at the same time, and keeps what the replicas say to it afterwards. Every cell ends
// so: a server that answers without looking at the credential is fast, and nobody's.
func (r *Run) probe(ctx context.Context, arms []*arm) error {
	errs := make([]error, len(arms))
	var probing sync.WaitGroup
	var mu sync.Mutex // of the file
	for i, a := range arms {
		probing.Go(func() {
			c := r.probeConfig(a)
			trials, err := credential.Probe(ctx, c)
			p := record.Probe{Arm: a.scheme.Name, Nonce: c.Nonce, Trials: trials}
			switch {
			case ctx.Err() == nil && errors.Is(err, credential.ErrBusy): // of this arm alone: what the others showed stands
				p.Failed = firstLine(err)
			case err != nil || len(trials) == 0:
				errs[i] = err
				return
			}
			mu.Lock()
			defer mu.Unlock()
			errs[i] = r.folder.Probe(p)
		})
	}
	probing.Wait()
	return errors.Join(errs...)
}

// probeConfig is where logins of an arm can be ended.
func (r *Run) probeConfig(a *arm) credential.ProbeConfig {
	c := credential.ProbeConfig{
		Scheme: a.scheme, Nonce: a.cluster.Nonce(), Key: r.lab.LoadKey(), TokenKey: a.cluster.TokenKey(),
		SealingKey: a.cluster.SealingKey(), Leeway: a.scheme.Tolerates(),
	}
	for i := range a.cluster.Size() {
		c.Replicas = append(c.Replicas, a.cluster.Direct(i))
	}
	return c
}
