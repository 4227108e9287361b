package main

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/measure"
	"authlab/loadtest/plan"
)

// arm is a row of the plan standing ready: its cluster and the credentials of its users, by the size they signed in at.
type arm struct {
	scheme      plan.Scheme
	cluster     *cluster.Cluster
	credentials map[int][]credential.Credential
	targets     map[int]*load.Target // by front
	served      uint64               // requests answered since the counter was last set to 0
	growth      int64                // bytes by which the store grew when the users signed in; 0 where it does not tell
}

// at returns the credentials to use behind the frontend of size n.
func (a *arm) at(n int) []credential.Credential {
	if c, ok := a.credentials[n]; ok {
		return c
	}
	return a.credentials[0]
}

// sizes are the sizes at which users sign in: one for every front where a login lives on the replica that made it, else
// only 0, once for all.
func (a *arm) sizes(fronts []int) []int {
	if a.scheme.PerReplica && len(fronts) > 0 {
		return fronts
	}
	return []int{0}
}

// door is where the users of size n sign in: behind the balancer where it matters which replica a login lives on, else at a
// replica, which spares a small machine the balancer's work.
func (a *arm) door(n int) string {
	if n > 0 {
		return a.cluster.Front(n)
	}
	return a.cluster.Direct(0)
}

// stand starts one cluster for each row and signs the users in. The returned function takes everything down.
func (r *run) stand(ctx context.Context, schemes []plan.Scheme, shape cluster.Spec) ([]*arm, func(), error) {
	var arms []*arm
	down := func() {
		for _, a := range arms {
			for _, t := range a.targets {
				t.Close()
			}
			a.cluster.Stop(context.WithoutCancel(ctx))
		}
	}
	for _, s := range schemes {
		spec := shape
		spec.Arm, spec.Scheme, spec.Balance, spec.Users = s.Name, s, s.Balance, r.plan.Users
		spec.AccessTTL = r.accessTTL()
		r.progress.doing("starting " + s.Name)
		began := time.Now()
		c, err := r.lab.Start(ctx, spec)
		if err != nil {
			down()
			return nil, nil, err
		}
		r.learned.start = append(r.learned.start, time.Since(began)/time.Duration(spec.Replicas))
		if err := r.folder.event(measure.Event{Kind: measure.Started, Arm: s.Name, Nonce: c.Nonce(), Sentence: fmt.Sprintf(
			"%d × %s of %s", spec.Replicas, s.Server, s.Name)}); err != nil {
			c.Stop(context.WithoutCancel(ctx))
			down()
			return nil, nil, err
		}
		arms = append(arms, &arm{scheme: s, cluster: c, targets: map[int]*load.Target{}, credentials: map[int][]credential.Credential{}})
	}
	before := stored(arms)
	if err := r.signIn(ctx, arms, shape.Fronts); err != nil {
		down()
		return nil, nil, err
	}
	for i, bytes := range stored(arms) {
		arms[i].growth = max(0, bytes-before[i])
	}
	return arms, down, nil
}

// stored is how much each arm's store holds; 0 where there is none, or it does not tell.
func stored(arms []*arm) []int64 {
	all := make([]int64, len(arms))
	for i, a := range arms {
		if s := a.cluster.Store(); s != nil {
			all[i], _, _ = s.Memory() // not to know is no reason to end a run
		}
	}
	return all
}
