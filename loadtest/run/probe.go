package run

import (
	"context"
	"errors"
	"sync"

	"authlab/loadtest/credential"
	"authlab/loadtest/record"
)

// probe ends a login at every deployment, all at the same time, and records how the replicas answer it afterwards.
// Every cell ends like this: a server that answers without checking the credential would be fast, but would
// authenticate no user.
func (r *Run) probe(ctx context.Context, deployments []*deployment) error {
	errs := make([]error, len(deployments))
	var probing sync.WaitGroup
	var mu sync.Mutex // guards the file
	for i, d := range deployments {
		probing.Go(func() {
			c := r.probeConfig(d)
			trials, err := credential.Probe(ctx, c)
			p := record.Probe{Scheme: d.scheme.Name, Nonce: c.Nonce, Trials: trials}
			switch {
			case ctx.Err() == nil && errors.Is(err, credential.ErrBusy): // this scheme only: the other results stand
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

// probeConfig returns what is needed to end logins at a deployment.
func (r *Run) probeConfig(d *deployment) credential.ProbeConfig {
	c := credential.ProbeConfig{
		Scheme: d.scheme, Nonce: d.cluster.Nonce(), Key: r.lab.LoadKey(), TokenKey: d.cluster.TokenKey(),
		SealingKey: d.cluster.SealingKey(), Leeway: d.scheme.Tolerates(),
	}
	for i := range d.cluster.Size() {
		c.Replicas = append(c.Replicas, d.cluster.Direct(i))
	}
	return c
}
