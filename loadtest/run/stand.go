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

// deployment is a scheme of the plan, ready for load: its cluster and the credentials of its users.
type deployment struct {
	scheme      plan.Scheme
	cluster     *cluster.Cluster
	credentials map[int][]credential.Credential // by the replica of the sign-in; 0 where any replica would do
	targets     map[cluster.Front]*load.Target
	served      []uint64 // requests answered by each replica since it was last set to 0; nil: not counted
	growth      int64    // bytes by which the store grew when the users signed in; 0 where the store does not report it
}

// at returns the credentials to use behind a frontend. Where a login lives on the replica that created it, the users
// are spread over the frontend's replicas in turn, as a balancer spreads them when they sign in.
func (d *deployment) at(f cluster.Front) []credential.Credential {
	if len(d.credentials) == 1 {
		return d.credentials[0]
	}
	spread := make([]credential.Credential, len(d.credentials[0]))
	for i := range spread {
		spread[i] = d.credentials[f.First+i%max(1, f.Size)][i]
	}
	return spread
}

// forget closes the targets, so that the next visit uses the current credentials.
func (d *deployment) forget() {
	for front, t := range d.targets {
		t.Close()
		delete(d.targets, front)
	}
}

// doors returns how many replicas the users sign in at: all of them where a login lives on the replica that created it,
// else only the first.
func (d *deployment) doors() int {
	if d.scheme.PerReplica {
		return d.cluster.Size()
	}
	return 1
}

// door returns the URL where users sign in at a replica. Where the replica of a login matters, it is the balancer's,
// because the balancer gives its clients its own cookie. Elsewhere, and where there is no balancer, it is the
// replica's, which saves a small machine the balancer's work.
func (d *deployment) door(replica int) string {
	if d.doors() > 1 && d.cluster.Balancer() != nil {
		return d.cluster.Front(cluster.Front{First: replica, Size: 1})
	}
	return d.cluster.Direct(replica)
}

// away puts the store of a deployment at its scheme's distance.
func (d *deployment) away() error {
	if d.scheme.StoreDelay == 0 {
		return nil
	}
	return d.cluster.SetStoreDelay(d.scheme.StoreDelay)
}

// alike gives every scheme a cluster of one shape.
func alike(shape cluster.Spec) func(plan.Scheme) cluster.Spec {
	return func(plan.Scheme) cluster.Spec { return shape }
}

// stand starts one cluster of its shape for each scheme, signs the users in, and shows the logins to the replicas where
// the scheme needs it. The returned function stops everything.
func (r *Run) stand(ctx context.Context, schemes []plan.Scheme, shape func(plan.Scheme) cluster.Spec) ([]*deployment,
	func(), error,
) {
	var deployments []*deployment
	var downs []func()
	down := func() {
		for _, f := range downs {
			f()
		}
	}
	for _, s := range schemes {
		began := time.Now()
		spec := shape(s)
		spec.Users = r.plan.Users
		d, stop, err := r.standOne(ctx, s, spec)
		if err != nil {
			down()
			return nil, nil, err
		}
		r.learned.start = append(r.learned.start, time.Since(began)/time.Duration(spec.Replicas))
		deployments, downs = append(deployments, d), append(downs, stop)
	}
	before := stored(deployments)
	if err := r.signIn(ctx, deployments); err != nil {
		down()
		return nil, nil, err
	}
	if err := r.show(ctx, deployments); err != nil {
		down()
		return nil, nil, err
	}
	for _, d := range deployments { // only now, so that users sign in at the usual speed
		if err := d.away(); err != nil {
			down()
			return nil, nil, err
		}
	}
	for i, bytes := range stored(deployments) {
		deployments[i].growth = max(0, bytes-before[i])
	}
	return deployments, down, nil
}

// standOne starts the cluster of one scheme. The returned function stops it.
func (r *Run) standOne(ctx context.Context, s plan.Scheme, spec cluster.Spec) (*deployment, func(), error) {
	spec.Name, spec.Scheme, spec.Balance, spec.AccessTTL = s.Name, s, s.Balance, r.accessTTL()
	if s.PerReplica && len(spec.Fronts) > 0 {
		fronts := slices.Concat(spec.Fronts, cluster.Groups(spec.Replicas, 1))
		spec.Fronts = slices.Compact(slices.SortedFunc(slices.Values(fronts), cluster.Front.Compare))
	}
	r.progress.Doing("starting " + s.Name)
	c, err := r.lab.Start(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	d := &deployment{
		scheme: s, cluster: c,
		targets: map[cluster.Front]*load.Target{}, credentials: map[int][]credential.Credential{},
	}
	down := func() {
		d.forget()
		c.Stop(context.WithoutCancel(ctx))
	}
	if err := r.folder.Event(record.Event{
		Kind: record.Started, About: s.Name, Nonce: c.Nonce(),
		Said: message.New("event.started", "replicas", spec.Replicas, "server", s.Server, "scheme", s.Name),
	}); err != nil {
		down()
		return nil, nil, err
	}
	return d, down, nil
}

// stored returns how many bytes each deployment's store holds; 0 where there is no store, or it does not report it.
func stored(deployments []*deployment) []int64 {
	all := make([]int64, len(deployments))
	for i, d := range deployments {
		if s := d.cluster.Store(); s != nil {
			all[i], _, _ = s.Memory() // an unknown size does not end a run
		}
	}
	return all
}
