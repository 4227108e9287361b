package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"authlab/loadtest/cluster/poll"
)

// second is the name of the Redis that follows the first.
const second = "store-2"

// Follow has a second private Redis follow the first, and returns when it holds all that the first one does.
func (c *Cluster) Follow(ctx context.Context) error {
	if !c.askable() || c.relay == nil || !c.lab.host().IsLoopback() {
		return ErrNoRedis
	}
	// Redis otherwise waits for further followers before it sends its data.
	if _, err := c.AskStore(ctx, "CONFIG", "SET", "repl-diskless-sync-delay", "0"); err != nil {
		return err
	}
	if c.follower == nil {
		var err error
		for range portTries {
			if err = c.startFollower(ctx); !errors.Is(err, errPortTaken) {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	if err := c.follows(ctx, c.follower, c.Store()); err != nil {
		return err
	}
	return poll.Until(ctx, func() error {
		info, err := c.follower.redis().info(ctx, "replication")
		if err == nil && (info["master_link_status"] != "up" || info["master_sync_in_progress"] != "0") {
			err = errors.New("the second Redis does not hold all data yet")
		}
		return err
	})
}

func (c *Cluster) startFollower(ctx context.Context) error {
	addr, err := c.lab.reserve(6379)
	if err != nil {
		return err
	}
	p, err := c.spawnRedis(second, addr, c.Store().password)
	if err != nil {
		return err
	}
	p.addrs, p.password = []string{addr}, c.Store().password
	switch err := p.greet(ctx, p.redis()); {
	case err != nil:
		return p.explain(err)
	case p.ended():
		p.leave()
		return p.explain(errPortTaken) // the configuration is the first one's
	}
	c.follower = p
	return nil
}

// follows has one Redis follow another.
func (c *Cluster) follows(ctx context.Context, p, of *Process) error {
	host, port, err := net.SplitHostPort(of.Addr())
	if err != nil {
		return err
	}
	for _, command := range [][]string{{"CONFIG", "SET", "masterauth", of.password}, {"REPLICAOF", host, port}} {
		if _, err := p.redis().ask(ctx, command...); err != nil {
			return fmt.Errorf("%s answers %s: %w", p, command[0], err)
		}
	}
	return nil
}

// FailOver makes the Redis that follows the new master. The replicas' new connections lead to it, and those that they
// have still lead to the old master, which is not told.
func (c *Cluster) FailOver(ctx context.Context) error {
	if c.follower == nil {
		return errors.New(c.spec.Name + " has no Redis that could take over")
	}
	if _, err := c.follower.redis().ask(ctx, "REPLICAOF", "NO", "ONE"); err != nil {
		return fmt.Errorf("%s: %w", c.follower, err)
	}
	c.relay.Lead(c.follower.Addr())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store, c.follower = c.follower, c.store
	return nil
}

// Demote tells the old master that it is one no more: it follows the new one, and what it alone knew is lost.
func (c *Cluster) Demote(ctx context.Context) error {
	if c.follower == nil {
		return nil
	}
	return c.follows(ctx, c.follower, c.Store())
}

// OldMaster is what the old master says of itself, as "role:master", and how many clients it has besides the one that
// asks.
func (c *Cluster) OldMaster(ctx context.Context) (role string, clients int, err error) {
	if c.follower == nil {
		return "", 0, errors.New(c.spec.Name + " has no old master")
	}
	info, err := c.follower.redis().info(ctx, "replication")
	if err != nil {
		return "", 0, err
	}
	list, err := c.follower.redis().ask(ctx, "CLIENT", "LIST", "TYPE", "normal")
	return "role:" + info["role"], strings.Count(strings.TrimSpace(list), "\n"), err
}
