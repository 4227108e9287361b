package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/relay"
	"authlab/loadtest/plan"
)

// Spec is a cluster to start.
type Spec struct {
	Name     string // unique among the clusters that run at one time; part of the processes' names
	Scheme   plan.Scheme
	Replicas int
	Fronts   []Front      // of the balancer; without any there is no balancer
	Balance  plan.Balance // "" is round-robin
	// CheckEvery is how often the balancer checks each replica; 0 is 5 s. For a check a replica asks its store.
	CheckEvery time.Duration
	// Budgets are CPU budgets, in cores for each process of a tier. They take effect with Limit.
	Budgets map[Tier]float64
	// CPUs are the cores that a tier's processes may use. A tier without an entry may use all.
	CPUs      map[Tier][]int
	Users     int           // load users
	AccessTTL time.Duration // of access tokens; 0 is an hour
	// Collect is by how many percent a replica's heap may grow before garbage is collected; 0 is Go's default.
	Collect int
	// StoreWithin is how long Redis may take to answer our replicas; 0 is the servers' own limit.
	StoreWithin time.Duration
	// Relayed puts a relay between the replicas and their store, so that SetStoreDelay can move the store away. A scheme
	// with a delay of its own always has one.
	Relayed bool
}

// validate refuses a cluster that cannot be started.
func (s Spec) validate() error {
	switch {
	case s.Name == "" || s.Scheme.Server == "":
		return errors.New("a cluster needs a name and a scheme")
	case s.Replicas < 1:
		return fmt.Errorf("%s: a cluster needs at least one replica, not %d", s.Name, s.Replicas)
	}
	for _, f := range s.Fronts {
		if f.First < 0 || f.Size < 1 || f.First+f.Size > s.Replicas {
			return fmt.Errorf("%s: a frontend over %d replicas from index %d needs that many, and there are %d",
				s.Name, f.Size, f.First, s.Replicas)
		}
	}
	for tier, cores := range s.Budgets {
		if err := cgroup.Check(cores); err != nil {
			return fmt.Errorf("%s, %s: %w", s.Name, tier, err)
		}
	}
	return nil
}

// Cluster is N replicas of one server, with the store and the balancer they need. It serves until it is stopped.
type Cluster struct {
	lab      *Lab
	spec     Spec
	label    string // the name and the number of its start, for names on the machine, which have no +
	nonce    string // the lab's nonce and the number of this cluster
	replicas []*Process
	store    *Process
	// follower follows the store, and takes its place in a failover; nil before the first.
	follower *Process
	external *ExternalStore
	storeURL string // without the password: every user of the machine can read a command line
	tokenKey any    // signs its access tokens; nil for a scheme without tokens
	// sealingKey seals its sessions; nil for a scheme that seals none.
	sealingKey []byte
	password   string       // of the store; "" when it has none
	relay      *relay.Relay // between the replicas and a store that is far away; nil otherwise
	server     platform.Program
	flagged    []string // the flags of all replicas
	keys       keyring
	accounts   *os.File // the lock on the accounts, while it is held
	balancer   *Process
	fronts     map[Front]string
	stopping   sync.Once

	mu      sync.Mutex // guards what follows, and the replicas and the store, which may be started again
	spawned []*Process // every process that was forked, in use or not
}

// Nonce begins the names of this cluster's replicas and of no other cluster's. An answer that carries it cannot come
// from another cluster.
func (c *Cluster) Nonce() string { return c.nonce }

// Size is the number of replicas.
func (c *Cluster) Size() int { return len(c.replicas) }

// Direct is the base URL of replica i.
func (c *Cluster) Direct(i int) string { return c.Replica(i).Addr() }

// Front is the base URL of that frontend; "" when it does not exist.
func (c *Cluster) Front(f Front) string { return c.fronts[f] }

// TokenKey is the key that signs the cluster's access tokens; nil for a scheme without tokens.
func (c *Cluster) TokenKey() any { return c.tokenKey }

// SealingKey is the key that seals the cluster's sessions: half of it authenticates, half encrypts. It is nil for a
// scheme that seals none.
func (c *Cluster) SealingKey() []byte { return c.sealingKey }

// Replica is the process of replica i.
func (c *Cluster) Replica(i int) *Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replicas[i]
}

// Store is the store's process. It is nil where there is no store, or the lab does not run it.
func (c *Cluster) Store() *Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.store
}

// External is a store that the lab does not run. It is nil where the lab runs its own, where there is none, and where
// the store does not report what it uses.
func (c *Cluster) External() *ExternalStore { return c.external }

// Balancer is the balancer's process; nil where there is none.
func (c *Cluster) Balancer() *Process { return c.balancer }

// Processes lists all processes: replicas, store, balancer.
func (c *Cluster) Processes() []*Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.replicas)
	for _, p := range []*Process{c.store, c.balancer} {
		if p != nil {
			all = append(all, p)
		}
	}
	return all
}

// Limit puts the budgets into effect. Sign-in comes before it: password checks are an experiment of their own.
func (c *Cluster) Limit() error {
	for tier, cores := range c.spec.Budgets {
		if err := c.SetBudget(tier, cores); err != nil {
			return err
		}
	}
	return nil
}

// SetBudget changes the budget of each process of a tier, in cores; 0 removes it. A process that was started without a
// budget cannot be given one.
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

// Budgeted are the budgets in cores, by process, of a front's replicas and of the store.
func (c *Cluster) Budgeted(f Front, replica, store float64) map[string]float64 {
	b := map[string]float64{}
	for i := range f.Size {
		b[c.Replica(f.First+i).Name()] = replica
	}
	if s := c.Store(); s != nil {
		b[s.Name()] = store
	}
	return b
}

// Stop ends the cluster's processes: in order while the context lasts, for at most a few seconds, and then by force.
func (c *Cluster) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	return c.stop(ctx)
}

// stop stops the balancer first, then the replicas, then the store. Processes of one tier stop in parallel.
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
		if c.relay != nil {
			c.relay.Close()
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
