package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/plan"
)

// Spec is a cluster to start.
type Spec struct {
	Arm      string // unique among the clusters that stand at one time; part of the processes' names
	Scheme   plan.Scheme
	Replicas int
	Fronts   []Front      // of the balancer; none: no balancer
	Balance  plan.Balance // "" is round-robin
	// Budgets are CPU budgets in cores for each process of a tier, in force after Limit.
	Budgets map[Tier]float64
	// CPUs are the cores that a tier's processes may use; a tier that is not named may use all.
	CPUs      map[Tier][]int
	Users     int           // load users
	AccessTTL time.Duration // of access tokens; 0 is an hour
	// Collect is by how many percent a replica's heap may grow until its garbage is collected; 0 is Go's own.
	Collect int
}

// validate refuses what cannot be started.
func (s Spec) validate() error {
	switch {
	case s.Arm == "" || s.Scheme.Server == "":
		return errors.New("a cluster needs a name and a scheme")
	case s.Replicas < 1:
		return fmt.Errorf("%s: a cluster needs at least one replica, not %d", s.Arm, s.Replicas)
	}
	for _, f := range s.Fronts {
		if f.First < 0 || f.Size < 1 || f.First+f.Size > s.Replicas {
			return fmt.Errorf("%s: a frontend over %d replicas from %d on needs as many, and there are %d", s.Arm, f.Size, f.First, s.Replicas)
		}
	}
	for tier, cores := range s.Budgets {
		if err := cgroup.Check(cores); err != nil {
			return fmt.Errorf("%s, %s: %w", s.Arm, tier, err)
		}
	}
	return nil
}

// Cluster is N replicas of one server, with the store and the balancer they need. It serves until it is stopped.
type Cluster struct {
	lab      *Lab
	spec     Spec
	label    string // the arm, and which start of it, for names on the machine
	nonce    string // the lab's, and which of its clusters this is
	replicas []*Process
	store    *Process
	external *ExternalStore
	storeURL string // without the password, which a command line would show to everybody
	tokenKey any    // what its access tokens are signed with, nil for a scheme without
	// sealingKey is what its sessions are sealed with, nil for a scheme that seals none.
	sealingKey []byte
	password   string // the store's, "" when it has none
	balancer   *Process
	fronts     map[Front]string
	stopping   sync.Once

	mu      sync.Mutex
	spawned []*Process // every one that was forked, in use or not
}

// Nonce is what the names of this cluster's replicas begin with, and those of no other cluster: an answer with it cannot be
// another arm's.
func (c *Cluster) Nonce() string { return c.nonce }

// Size is how many replicas there are.
func (c *Cluster) Size() int { return len(c.replicas) }

// Direct is the base URL of replica i.
func (c *Cluster) Direct(i int) string { return c.replicas[i].Addr() }

// Front is the base URL of that frontend, "" when there is none.
func (c *Cluster) Front(f Front) string { return c.fronts[f] }

// TokenKey is what the cluster's access tokens are signed with; nil for a scheme without tokens.
func (c *Cluster) TokenKey() any { return c.tokenKey }

// SealingKey is what the cluster's sessions are sealed with: half of it authenticates, half encrypts. It is nil for a
// scheme that seals none.
func (c *Cluster) SealingKey() []byte { return c.sealingKey }

// Replica is the process of replica i.
func (c *Cluster) Replica(i int) *Process { return c.replicas[i] }

// Store is the store's process; nil where there is none, or where somebody else runs it.
func (c *Cluster) Store() *Process { return c.store }

// External is the store that somebody else runs; nil where the lab runs its own, or there is none, or it does not tell what it uses.
func (c *Cluster) External() *ExternalStore { return c.external }

// Balancer is the balancer's process; nil where there is none.
func (c *Cluster) Balancer() *Process { return c.balancer }

// Processes lists all of them: replicas, store, balancer.
func (c *Cluster) Processes() []*Process {
	all := slices.Clone(c.replicas)
	for _, p := range []*Process{c.store, c.balancer} {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

// Limit puts the budgets in force. Sign-in comes before it: checking passwords is an experiment of its own.
func (c *Cluster) Limit() error {
	for tier, cores := range c.spec.Budgets {
		if err := c.SetBudget(tier, cores); err != nil {
			return err
		}
	}
	return nil
}

// SetBudget changes the budget of each process of a tier, in cores; 0 takes it away. One that
// was started without a budget cannot be given one.
func (c *Cluster) SetBudget(tier Tier, cores float64) error {
	if err := cgroup.Check(cores); err != nil {
		return err
	}
	for _, p := range c.Processes() {
		if p.tier != tier {
			continue
		}
		if err := p.limit(cores, c.lab.Budgets().Why); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

// Budgeted are the budgets, by process, of a front's replicas and of the store, where each has so many cores.
func (c *Cluster) Budgeted(f Front, each float64) map[string]float64 {
	b := map[string]float64{}
	for i := range f.Size {
		b[c.Replica(f.First+i).Name()] = each
	}
	if s := c.Store(); s != nil {
		b[s.Name()] = each
	}
	return b
}

// Stop ends the cluster's processes: in order while the context lasts and no longer than a few seconds, then at once.
func (c *Cluster) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	return c.stop(ctx)
}

// stop takes the balancer down before the replicas and these before the store, each tier in parallel.
func (c *Cluster) stop(ctx context.Context) (err error) {
	c.stopping.Do(func() {
		c.mu.Lock()
		spawned := slices.Clone(c.spawned)
		c.mu.Unlock()
		for _, tier := range []Tier{Balancer, Replica, Store} {
			var wg sync.WaitGroup
			for _, p := range spawned {
				if p.tier == tier {
					wg.Go(func() { p.stop(ctx) })
				}
			}
			wg.Wait()
		}
		var errs []error
		for _, p := range spawned {
			if p.sql != nil {
				p.sql.Close()
			}
			errs = append(errs, p.leave())
		}
		c.lab.mu.Lock()
		delete(c.lab.clusters, c)
		c.lab.mu.Unlock()
		err = errors.Join(errs...)
	})
	return err
}
