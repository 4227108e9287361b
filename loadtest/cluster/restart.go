package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/cluster/usage"
)

// ErrMoves says that a part cannot be started again here, because it would have another address.
var ErrMoves = errors.New("a part that is started again has another address on this platform: " +
	"measure with --platform processes")

// ErrNoRedis says that a cluster has no Redis that the lab started.
var ErrNoRedis = errors.New("there is no private Redis")

// Quit ends the process in order, as an operator would, and by force when ctx ends. It is not reported as a death.
func (p *Process) Quit(ctx context.Context) { p.stop(ctx) }

// ID is the process's id on this machine; "" where the platform does not number its processes.
func (p *Process) ID() string {
	if numbered, ok := p.instance.(platform.Numbered); ok {
		return strconv.Itoa(numbered.PID())
	}
	return ""
}

// The states of a process, as the system tells them.
const (
	Runs   = "runs"
	Paused = "paused"
	Gone   = "gone"
)

// State is what the system says of the process. Where a platform does not number its processes, a paused one runs.
func (p *Process) State() string {
	numbered, ok := p.instance.(platform.Numbered)
	switch {
	case p.ended():
		return Gone
	case ok && usage.Stopped(numbered.PID()):
		return Paused
	default:
		return Runs
	}
}

// RestartReplica starts replica i again, which has ended, at its old address, and waits until it is ready.
func (c *Cluster) RestartReplica(ctx context.Context, i int, further ...string) error {
	old := c.Replica(i)
	if err := c.again(old); err != nil {
		return err
	}
	_, at, _ := strings.Cut(old.Addr(), "://")
	if err := c.startReplica(ctx, i, append([]string{"--listen=" + at}, further...)...); err != nil {
		return err
	}
	return c.back(c.Replica(i))
}

// RestartStore starts a private Redis again, which has ended, at its old address, and waits until it answers. It has
// what SAVE wrote before its end, and is empty without that.
func (c *Cluster) RestartStore(ctx context.Context) error {
	old := c.Store()
	if !c.askable() {
		return ErrNoRedis
	}
	if err := c.again(old); err != nil {
		return err
	}
	p, err := c.spawnRedis(old.name, old.Addr(), old.password)
	if err != nil {
		return err
	}
	p.addrs, p.password = old.addrs, old.password
	if err := p.greet(ctx, p.redis()); err != nil {
		return p.explain(err)
	}
	if err := poll.Until(ctx, func() error { return p.redis().ping(ctx) }); err != nil { // it may still be loading
		return p.explain(err)
	}
	c.mu.Lock()
	c.store = p
	c.mu.Unlock()
	if err := os.Remove(c.lab.home.File(c.dump(old.name))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("cannot remove what the store saved: %w", err)
	}
	return c.back(p)
}

// dump is the name of the file that a store of that name saves to.
func (c *Cluster) dump(name string) string { return c.label + "-" + name + ".rdb" }

// again checks that a process may be started again, and releases what is left of it.
func (c *Cluster) again(p *Process) error {
	switch {
	case !c.lab.host().IsLoopback():
		return ErrMoves
	case !p.ended():
		return fmt.Errorf("%s still runs", p)
	}
	return p.leave()
}

// back reports the end of a process that was started again as a death from now on.
func (c *Cluster) back(p *Process) error {
	if p.expected.Store(false); p.ended() {
		return p.explain(errors.New("it ended right after it was started again"))
	}
	return nil
}

// askable reports whether there is a private Redis.
func (c *Cluster) askable() bool {
	return c.Store() != nil && !c.spec.Scheme.Postgres && !c.lab.parts.store.Embedded
}

// AskStore sends a command to the private Redis, which must answer it with a status or a string.
func (c *Cluster) AskStore(ctx context.Context, command ...string) (string, error) {
	if !c.askable() {
		return "", ErrNoRedis
	}
	store := c.Store()
	answer, err := store.redis().ask(ctx, command...)
	if err != nil {
		return "", fmt.Errorf("%s answers %s: %w", store, command[0], err)
	}
	return answer, nil
}

// StoreRoundTrip is how long the store takes to answer when it is asked from where the replicas are.
func (c *Cluster) StoreRoundTrip(ctx context.Context) (time.Duration, error) {
	store := c.Store()
	if store == nil || c.spec.Scheme.Postgres {
		return 0, ErrNoRedis
	}
	at := store.redis()
	at.addr = c.relayed(at.addr)
	conn, err := at.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	began := time.Now()
	_, err = redisCall(conn, bufio.NewReader(conn), "PING")
	return time.Since(began), err
}
