package stand

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/message"
	"authlab/loadtest/plan"
)

// Config is all input of a stand.
type Config struct {
	Platform platform.Platform
	BinDir   string // the folder of the servers' programs
	TempDir  string // "" is the system's
	Lock     string // see cluster.Config
	Log      *slog.Logger
}

// Setting says what to start for one column of a scene.
type Setting struct {
	Scheme   string   // of package plan
	Replicas int      // behind one balancer
	Flags    []string // of the replicas, after the scheme's
	Race     *Race    // for load; nil for the requests of a few people
}

// key is the same for settings that are the same.
func (s Setting) key() string {
	return fmt.Sprintf("%s %d %s %+v", s.Scheme, s.Replicas, strings.Join(s.Flags, " "), s.race())
}

// Stand starts clusters and ends them. Its methods may be called from several goroutines.
type Stand struct {
	lab  *cluster.Lab
	ctx  context.Context // ends with the stand: no cluster starts after it
	stop context.CancelFunc

	mu      sync.Mutex
	spares  map[string]chan started // by setting, with room for one
	numbers int                     // of clusters, for their names
	working sync.WaitGroup
}

// started is a cluster, or why it did not start.
type started struct {
	cluster *cluster.Cluster
	err     error
}

// Open takes the machine for a stand. An error is one sentence that says what to do.
func Open(ctx context.Context, c Config) (*Stand, error) {
	lab, err := cluster.Open(ctx, cluster.Config{
		Platform: c.Platform, BinDir: c.BinDir, TempDir: c.TempDir, Lock: c.Lock, Log: c.Log,
		Servers: []string{"sessiond", "tokend"},
	})
	if err != nil {
		return nil, err
	}
	s := &Stand{lab: lab, spares: map[string]chan started{}}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	return s, nil
}

// Parts lists what the clusters consist of beside the servers.
func (s *Stand) Parts() []cluster.Part { return s.lab.Parts() }

// Lacks says what a setting needs that is missing here; zero where nothing is.
func (s *Stand) Lacks(ctx context.Context, of Setting) message.Message {
	scheme, err := plan.SchemeNamed(of.Scheme)
	if err != nil {
		return message.Text(err.Error())
	}
	if m := s.lab.Budgets(); of.race().limited() && m.Name == "none" {
		return message.Text(m.Why)
	}
	what, provide := s.lab.Lacks(ctx, scheme)
	if what == "" {
		return message.Message{}
	}
	return message.New("demo.amiss.lacks", "what", what, "provide", provide)
}

// Take returns a cluster of that setting which nothing has asked yet: the spare one, or a new one. The caller gives it
// back.
func (s *Stand) Take(ctx context.Context, of Setting) (*cluster.Cluster, error) {
	s.mu.Lock()
	spare, ok := s.spares[of.key()]
	if delete(s.spares, of.key()); !ok {
		spare = s.begin(of)
	}
	s.mu.Unlock()
	select {
	case got := <-spare:
		return got.cluster, got.err
	case <-ctx.Done():
		s.discard(spare)
		return nil, context.Cause(ctx)
	}
}

// Keep has a spare cluster of each of these settings, and ends those of others.
func (s *Stand) Keep(settings ...Setting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[string]bool{}
	for _, of := range settings {
		wanted[of.key()] = true
		if s.spares[of.key()] == nil {
			s.spares[of.key()] = s.begin(of)
		}
	}
	for key, spare := range s.spares {
		if !wanted[key] {
			delete(s.spares, key)
			s.discard(spare)
		}
	}
}

// begin starts a cluster in the background, and returns where it arrives. The caller holds mu.
func (s *Stand) begin(of Setting) chan started {
	s.numbers++
	name := fmt.Sprintf("%s.%d", of.Scheme, s.numbers)
	spare := make(chan started, 1)
	s.working.Go(func() {
		c, err := s.start(of, name)
		spare <- started{c, err}
	})
	return spare
}

// discard ends a cluster that is no longer waited for, once it has started.
func (s *Stand) discard(spare chan started) {
	s.working.Go(func() {
		if got := <-spare; got.cluster != nil {
			got.cluster.Stop(context.WithoutCancel(s.ctx))
		}
	})
}

// demo are flags of every server here: accounts with a public password on loopback, and Server-Timing.
var demo = []string{"--demo", "--demo-users", "--ballast=0"}

func (s *Stand) start(of Setting, name string) (*cluster.Cluster, error) {
	scheme, err := plan.SchemeNamed(of.Scheme)
	if err != nil {
		return nil, err
	}
	scheme.Flags = slices.Concat(scheme.Flags, demo, of.Flags) // the last flag of a name wins
	spec := cluster.Spec{
		Name: name, Scheme: scheme, Replicas: of.Replicas, Balance: scheme.Balance,
		Fronts: cluster.Over(of.Replicas), CheckEvery: time.Second,
	}
	of.race().prepare(&spec)
	c, err := s.lab.Start(s.ctx, spec)
	if err == nil && scheme.StoreDelay > 0 {
		if err = c.SetStoreDelay(scheme.StoreDelay); err != nil {
			c.Stop(context.WithoutCancel(s.ctx))
		}
	}
	return c, err
}

// Give ends a cluster, in the background.
func (s *Stand) Give(c *cluster.Cluster) {
	s.working.Go(func() { c.Stop(context.WithoutCancel(s.ctx)) })
}

// Close ends everything that the stand started.
func (s *Stand) Close() error {
	s.stop()
	err := s.lab.Close()
	s.working.Wait()
	return err
}
