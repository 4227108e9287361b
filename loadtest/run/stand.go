package run

import (
	"context"
	"slices"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

// arm is a row of the plan standing ready: its cluster and the credentials of its users.
type arm struct {
	scheme      plan.Scheme
	cluster     *cluster.Cluster
	credentials map[int][]credential.Credential // by the replica that they signed in at; 0 where any would do
	targets     map[cluster.Front]*load.Target
	served      uint64 // requests answered since the counter was last set to 0
	growth      int64  // bytes by which the store grew when the users signed in; 0 where it does not tell
}

// at returns the credentials to use behind a frontend. Where a login lives on the replica that made it, the users are spread
// over the frontend's replicas in turn, as a balancer spreads them when they sign in.
func (a *arm) at(f cluster.Front) []credential.Credential {
	if len(a.credentials) == 1 {
		return a.credentials[0]
	}
	spread := make([]credential.Credential, len(a.credentials[0]))
	for i := range spread {
		spread[i] = a.credentials[f.First+i%f.Size][i]
	}
	return spread
}

// forget closes the targets: whoever visits next has the credentials of now.
func (a *arm) forget() {
	for front, t := range a.targets {
		t.Close()
		delete(a.targets, front)
	}
}

// doors are the replicas at which the users sign in: all where a login lives on the replica that made it and more than one is
// visited, else the first.
func (a *arm) doors() int {
	if a.scheme.PerReplica && a.cluster.Balancer() != nil {
		return a.cluster.Size()
	}
	return 1
}

// door is where users sign in at a replica: through the balancer where it matters which one a login lives on, because it gives
// its clients a cookie of its own, else at the replica, which spares a small machine the balancer's work.
func (a *arm) door(replica int) string {
	if a.doors() > 1 {
		return a.cluster.Front(cluster.Front{First: replica, Size: 1})
	}
	return a.cluster.Direct(replica)
}

// stand starts one cluster for each row, signs the users in, and shows them where the row needs it. The returned function takes everything down.
func (r *Run) stand(ctx context.Context, schemes []plan.Scheme, shape cluster.Spec) ([]*arm, func(), error) {
	var arms []*arm
	var downs []func()
	down := func() {
		for _, f := range downs {
			f()
		}
	}
	shape.Users = r.plan.Users
	for _, s := range schemes {
		began := time.Now()
		a, stop, err := r.standOne(ctx, s, shape)
		if err != nil {
			down()
			return nil, nil, err
		}
		r.learned.start = append(r.learned.start, time.Since(began)/time.Duration(shape.Replicas))
		arms, downs = append(arms, a), append(downs, stop)
	}
	before := stored(arms)
	if err := r.signIn(ctx, arms); err != nil {
		down()
		return nil, nil, err
	}
	if err := r.show(ctx, arms, shape.Replicas); err != nil {
		down()
		return nil, nil, err
	}
	for i, bytes := range stored(arms) {
		arms[i].growth = max(0, bytes-before[i])
	}
	return arms, down, nil
}

// standOne starts the cluster of one row. The returned function takes it down.
func (r *Run) standOne(ctx context.Context, s plan.Scheme, spec cluster.Spec) (*arm, func(), error) {
	spec.Arm, spec.Scheme, spec.Balance, spec.AccessTTL = s.Name, s, s.Balance, r.accessTTL()
	if s.PerReplica && len(spec.Fronts) > 0 {
		spec.Fronts = slices.Compact(slices.SortedFunc(slices.Values(slices.Concat(spec.Fronts, cluster.Groups(spec.Replicas, 1))), cluster.Front.Compare))
	}
	r.progress.Doing("starting " + s.Name)
	c, err := r.lab.Start(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	a := &arm{scheme: s, cluster: c, targets: map[cluster.Front]*load.Target{}, credentials: map[int][]credential.Credential{}}
	down := func() {
		a.forget()
		c.Stop(context.WithoutCancel(ctx))
	}
	if err := r.folder.Event(record.Event{Kind: record.Started, About: s.Name, Nonce: c.Nonce(), Said: message.New(
		"event.started", "replicas", spec.Replicas, "server", s.Server, "scheme", s.Name)}); err != nil {
		down()
		return nil, nil, err
	}
	return a, down, nil
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
