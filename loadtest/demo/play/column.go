package play

import (
	"context"
	"errors"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/credential"
	"authlab/loadtest/demo/stand"
	"authlab/loadtest/plan"
)

// column is one side: a cluster, which is made as a setup says.
type column struct {
	side  int
	stand *stand.Stand
	gun   *gun

	cluster *cluster.Cluster // nil before the first setup, and after a failure to start
	setting stand.Setting
	users   []credential.Credential
	is      Setup // how the cluster is
}

// small are the computers of the playground, those of the race; their store is as large as a replica.
const small = 0.04

// users is how many users ask.
const users = 200

// settingOf is what to start for a scheme. The budgets hold only where the machine can give them.
func settingOf(s *stand.Stand, name string) (stand.Setting, error) {
	scheme, err := plan.SchemeNamed(name)
	if err != nil {
		return stand.Setting{}, err
	}
	r := &stand.Race{Users: users, Relayed: scheme.Store}
	for n := range MostReplicas {
		r.Sizes = append(r.Sizes, n+1)
	}
	if s.Budgets() == "" {
		r.Replica, r.Store = small, small
	}
	return stand.Setting{Scheme: name, Replicas: MostReplicas, Race: r}, nil
}

// become makes the column as a setup says. An error leaves it somewhere between; the next setup goes on from there.
func (c *column) become(ctx context.Context, want Setup, anew bool) error {
	name := want.Schemes[c.side]
	if c.users == nil || c.is.Schemes[c.side] != name || want.Key < c.is.Key {
		if err := c.begin(ctx, name, want); err != nil {
			return err
		}
	}
	err := c.repair(ctx, want, anew)
	c.aim(want) // also after an error: the class sees what comes of it
	return err
}

// begin starts a new cluster, in which all is well, and signs its users in.
func (c *column) begin(ctx context.Context, name string, want Setup) error {
	c.end()
	setting, err := settingOf(c.stand, name)
	if err != nil {
		return err
	}
	started, err := c.stand.Take(ctx, setting)
	if err != nil {
		return err
	}
	c.cluster, c.setting = started, setting
	c.is = Setup{Schemes: want.Schemes, Replicas: want.Replicas}
	if c.users, err = c.signIn(ctx, want); err != nil {
		return err
	}
	return c.limit()
}

// signIn logs the users in, through the balancer: where a login lives in a replica, all replicas have some.
func (c *column) signIn(ctx context.Context, want Setup) ([]credential.Credential, error) {
	return c.stand.SignIn(ctx, c.cluster, c.setting, c.cluster.Front(cluster.Front{Size: want.Replicas}))
}

// limit puts the budgets into effect, which a replica that was started again does not have yet.
func (c *column) limit() error {
	if c.setting.Race.Replica == 0 {
		return nil
	}
	err := c.cluster.SetBudget(cluster.Replica, c.setting.Race.Replica)
	if c.cluster.Store() == nil {
		return err
	}
	return errors.Join(err, c.cluster.SetBudget(cluster.Store, c.setting.Race.Store))
}

// repair makes the cluster's parts as a setup says. The store goes on first and stops last: a replica that starts needs
// it.
func (c *column) repair(ctx context.Context, want Setup, anew bool) error {
	if err := c.storeGoesOn(); err != nil {
		return err
	}
	if err := c.rotate(ctx, want); err != nil {
		return err
	}
	for i := range MostReplicas {
		if err := c.replica(ctx, i, want); err != nil {
			return err
		}
	}
	c.is.Killed, c.is.Paused, c.is.Clock = want.Killed, want.Paused, want.Clock
	if err := c.limit(); err != nil {
		return err
	}
	if anew {
		again, err := c.signIn(ctx, want)
		if err != nil {
			return err
		}
		c.users = again
	}
	return c.store(want)
}

// replica makes one replica as a setup says, by its index.
func (c *column) replica(ctx context.Context, i int, want Setup) error {
	p := c.cluster.Replica(i)
	if want.killed(i) {
		return c.gone(ctx, p)
	}
	if i == 0 && want.Clock != c.is.Clock {
		p.Quit(ctx)
	}
	if p.State() == cluster.Gone {
		if err := c.cluster.RestartReplica(ctx, i, want.flags(i)...); err != nil {
			return err
		}
		p = c.cluster.Replica(i)
	}
	switch paused := p.State() == cluster.Paused; {
	case want.paused(i) && !paused:
		return p.Pause()
	case !want.paused(i) && paused:
		return p.Resume()
	}
	return nil
}

// gone kills a replica, and waits until it is dead.
func (c *column) gone(ctx context.Context, p *cluster.Process) error {
	if p.State() == cluster.Gone {
		return nil
	}
	if err := p.Kill(); err != nil {
		return err
	}
	return poll.Until(ctx, func() error {
		if p.State() != cluster.Gone {
			return errors.New("the replica does not die")
		}
		return nil
	})
}

// rotate replaces the key, in the steps in which no login is refused; the last one refuses what the old key signed.
// Each step starts the replicas again, one after the other.
func (c *column) rotate(ctx context.Context, want Setup) error {
	steps := map[Key][]cluster.Rotation{NewKey: {cluster.Announce, cluster.Sign}, OnlyKey: {cluster.Retire}}
	for c.is.Key < want.Key {
		for _, step := range steps[c.is.Key+1] {
			if err := c.cluster.Rotate(step); errors.Is(err, cluster.ErrNoKey) {
				break
			} else if err != nil {
				return err
			}
			for i := range MostReplicas {
				if p := c.cluster.Replica(i); p.State() != cluster.Gone {
					p.Quit(ctx)
				}
				if err := c.cluster.RestartReplica(ctx, i, c.is.flags(i)...); err != nil {
					return err
				}
			}
		}
		c.is.Key++
	}
	return nil
}

func (c *column) storeGoesOn() error {
	if p := c.cluster.Store(); p != nil && p.State() == cluster.Paused {
		return p.Resume()
	}
	return nil
}

// store makes the store as a setup says, if there is one.
func (c *column) store(want Setup) error {
	p := c.cluster.Store()
	if p == nil {
		return nil
	}
	if err := c.cluster.SetStoreDelay(time.Duration(want.Delay) * time.Millisecond); err != nil {
		return err
	}
	if want.Stopped {
		return p.Pause()
	}
	return nil
}

// aim points the load at the column as it is.
func (c *column) aim(want Setup) {
	c.gun.at(aim{cluster: c.cluster, users: c.users, replicas: want.Replicas, rate: want.Rate})
}

// states are those of the replicas.
func (c *column) states() (all []string) {
	if c.cluster == nil {
		return []string{}
	}
	for i := range MostReplicas {
		all = append(all, c.cluster.Replica(i).State())
	}
	return all
}

// end gives the cluster back.
func (c *column) end() {
	c.gun.at(aim{})
	if c.cluster != nil {
		c.stand.Give(c.cluster)
	}
	c.cluster, c.users, c.is = nil, nil, Setup{}
}
