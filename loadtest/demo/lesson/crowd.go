package lesson

import (
	"context"
	"fmt"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/record"
)

// crowd are users who ask as fast as they are answered.
type crowd struct {
	place   *Place
	users   []credential.Credential
	targets map[int]*load.Target // by the number of replicas behind the balancer
	// expected is what the crowd's requests cost, from which the race is predicted.
	expected Cost
}

// askers is how many users ask at one time for each replica.
const askers = 8

// gather signs the users in.
func (p *Place) gather(ctx context.Context) (*crowd, error) {
	if p.crowd != nil {
		return p.crowd, nil
	}
	users, err := p.stand.SignIn(ctx, p.cluster, p.setting, p.cluster.Direct(0))
	if err != nil {
		return nil, err
	}
	p.crowd = &crowd{place: p, users: users, targets: map[int]*load.Target{}}
	return p.crowd, nil
}

// leave closes the crowd's connections.
func (c *crowd) leave() {
	if c == nil {
		return
	}
	for _, t := range c.targets {
		t.Close()
	}
}

// slice is a moment of load.
type slice struct {
	record.Slice
	replica, store time.Duration // CPU time of the first replica and of the store
}

// ask lets the users ask as many replicas, for so long after a warm-up that does not count.
func (c *crowd) ask(ctx context.Context, replicas int, warmup, window time.Duration) (slice, error) {
	t := c.targets[replicas]
	if t == nil {
		var err error
		front := c.place.cluster.Front(cluster.Front{Size: replicas})
		if t, err = load.NewTarget(front, "/v1/me", c.place.cluster.Nonce(), 0, replicas, c.users, 1); err != nil {
			return slice{}, err
		}
		c.targets[replicas] = t
	}
	replica, store, err := c.used()
	if err != nil {
		return slice{}, err
	}
	row, err := load.Closed(ctx, record.Cell{Replicas: replicas}, t, load.ClosedOptions{
		Connections: askers * replicas, Warmup: warmup, Window: window,
	})
	if err != nil {
		return slice{}, err
	}
	if err := ctx.Err(); err != nil {
		return slice{}, fmt.Errorf("the load was interrupted: %w", context.Cause(ctx))
	}
	replicaAfter, storeAfter, err := c.used()
	return slice{row, replicaAfter - replica, storeAfter - store}, err
}

// used is the CPU time that the first replica and the store have used since they started.
func (c *crowd) used() (replica, store time.Duration, err error) {
	r, err := c.place.cluster.Replica(0).Read()
	if err != nil {
		return 0, 0, err
	}
	if s := c.place.cluster.Store(); s != nil {
		read, err := s.Read()
		if err != nil {
			return 0, 0, err
		}
		store = read.CPU
	}
	return r.CPU, store, nil
}

// limit sets the budgets of the replicas and of the store, in cores; 0 is none.
func (p *Place) limit(replica, store float64) error {
	if err := p.cluster.SetBudget(cluster.Replica, replica); err != nil {
		return err
	}
	if p.cluster.Store() == nil {
		return nil
	}
	return p.cluster.SetBudget(cluster.Store, store)
}
