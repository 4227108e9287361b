package stand

import (
	"context"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/plan"
)

// Race is what a cluster needs besides for load. Its replicas and its store have small CPU budgets, so that many
// replicas fit on one machine and the machine itself is not what limits them.
type Race struct {
	Users int // who can sign in
	// Replica and Store are budgets in cores, of each replica and of the store. Without any there is no budget. They hold
	// once the cluster's SetBudget says so.
	Replica, Store float64
	Sizes          []int // numbers of replicas, each of which the balancer has a frontend for
	Relayed        bool  // the store can be moved away
}

// race is never nil.
func (s Setting) race() *Race {
	if s.Race == nil {
		return &Race{}
	}
	return s.Race
}

func (r *Race) limited() bool { return r.Replica > 0 || r.Store > 0 }

// prepare adds to a cluster what load needs.
func (r *Race) prepare(spec *cluster.Spec) {
	spec.Users, spec.Relayed = r.Users, r.Relayed
	if len(r.Sizes) > 0 {
		spec.Fronts = cluster.Over(r.Sizes...)
	}
	if r.limited() {
		spec.Budgets = map[cluster.Tier]float64{cluster.Replica: r.Replica, cluster.Store: r.Store}
	}
	if r.Store > 0 {
		spec.StoreWithin = plan.Budget(r.Store).Patience()
	}
}

// SignIn signs a cluster's load users in at one of its addresses.
func (s *Stand) SignIn(
	ctx context.Context, c *cluster.Cluster, of Setting, base string,
) ([]credential.Credential, error) {
	scheme, err := plan.SchemeNamed(of.Scheme)
	if err != nil {
		return nil, err
	}
	return credential.SignIn(ctx, credential.Config{
		Base: base, Scheme: scheme, Users: of.race().Users, Key: s.lab.LoadKey(), Nonce: c.Nonce(),
	})
}

// Budgets says why there are no CPU budgets here; "" where there are.
func (s *Stand) Budgets() string {
	if m := s.lab.Budgets(); m.Name == "none" {
		return m.Why
	}
	return ""
}
