package play

import (
	"context"
	"sync"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/credential"
	"authlab/loadtest/load"
	"authlab/loadtest/plan"
	"authlab/loadtest/record"
)

const (
	// patience is how long a request may take. What takes longer has failed: a user has gone by then.
	patience = 2 * time.Second
	// most is how many requests of a slice may be in flight.
	most = 128
)

// aim is where a column's load goes.
type aim struct {
	cluster  *cluster.Cluster // nil while there is none
	users    []credential.Credential
	replicas int
	rate     int
}

// gun sends a column's load, slice after slice. A slice may last longer than its window, where answers are late; the
// next one does not wait for it.
type gun struct {
	began time.Time
	tell  func(Point)

	mu   sync.Mutex
	aim  aim
	free []*load.Target // for this aim, not in use
	seed uint64
}

// at aims the gun.
func (g *gun) at(a aim) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if a.cluster != g.aim.cluster || a.replicas != g.aim.replicas || len(a.users) != len(g.aim.users) ||
		len(a.users) > 0 && &a.users[0] != &g.aim.users[0] {
		for _, t := range g.free {
			t.Close()
		}
		g.free = nil
	}
	g.aim = a
}

// fire sends slices until ctx ends.
func (g *gun) fire(ctx context.Context) {
	var flying sync.WaitGroup
	defer flying.Wait()
	defer g.at(aim{})
	ticker := time.NewTicker(window)
	defer ticker.Stop()
	for {
		g.mu.Lock()
		a := g.aim
		g.mu.Unlock()
		if a.cluster != nil && a.rate > 0 {
			flying.Go(func() { g.slice(ctx, a) })
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// slice sends one slice, and tells what came of it. What fails before a request is sent is told as the next slice's
// silence.
func (g *gun) slice(ctx context.Context, a aim) {
	t, seed, err := g.take(a)
	if err != nil {
		return
	}
	defer g.give(t, a)
	at := time.Since(g.began)
	within, cancel := context.WithTimeout(ctx, window+patience)
	defer cancel()
	row, err := load.Open(within, record.Cell{Replicas: a.replicas}, t, load.OpenOptions{
		Rate: float64(a.rate), Arrivals: plan.Constant, Seed: seed, Window: window, Most: most, Requests: nothing{},
	})
	if err != nil || ctx.Err() != nil {
		return
	}
	if p, err := pointOf(row, at); err == nil {
		g.tell(p)
	}
}

// nothing takes the lines about single requests.
type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }

// take returns a target that no slice uses.
func (g *gun) take(a aim) (*load.Target, uint64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seed++
	if n := len(g.free); n > 0 && a.cluster == g.aim.cluster && a.replicas == g.aim.replicas {
		t := g.free[n-1]
		g.free = g.free[:n-1]
		return t, g.seed, nil
	}
	front := a.cluster.Front(cluster.Front{Size: a.replicas})
	t, err := load.NewTarget(front, "/v1/me", a.cluster.Nonce(), 0, MostReplicas, a.users, g.seed)
	return t, g.seed, err
}

// give keeps a target for the next slice, unless the gun aims elsewhere by now.
func (g *gun) give(t *load.Target, a aim) {
	g.mu.Lock()
	defer g.mu.Unlock()
	same := a.cluster == g.aim.cluster && a.replicas == g.aim.replicas && len(a.users) > 0 && len(g.aim.users) > 0 &&
		&a.users[0] == &g.aim.users[0]
	if !same {
		t.Close()
		return
	}
	g.free = append(g.free, t)
}
