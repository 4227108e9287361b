package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"authlab/loadtest/cluster/poll"
)

// container is what a process of the lab runs in.
type container struct {
	engine *engine
	name   string
	pid    int    // of its first process, as this machine counts
	ip     string // on the lab's network
	paused atomic.Bool
}

// settle waits until the process's container runs, and finds where.
func (p *Process) settle(e *engine, name string, budgeted bool) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), startTimeout, fmt.Errorf("given up after %s", startTimeout))
	defer cancel()
	c := &container{engine: e, name: name}
	err := poll.Until(ctx, func() error {
		if p.ended() {
			return nil // asked below
		}
		text, err := e.run(ctx, "inspect", "--type", "container", "--format", "{{json .}}", name)
		if err != nil {
			return err
		}
		var told struct {
			State           struct{ Pid int }
			NetworkSettings struct {
				Networks map[string]struct{ IPAddress string }
			}
		}
		if err := json.Unmarshal([]byte(text), &told); err != nil {
			return fmt.Errorf("docker inspect: %w", err)
		}
		if c.pid, c.ip = told.State.Pid, told.NetworkSettings.Networks[e.network].IPAddress; c.pid == 0 || c.ip == "" {
			return errors.New("its container does not run")
		}
		return nil
	})
	switch {
	case err != nil:
		return p.explain(err)
	case c.pid == 0:
		return p.explain(errors.New("it ended before it served"))
	}
	p.box = c
	if budgeted {
		p.group, err = c.group()
	}
	return err
}

// group is the container's own control group.
func (c *container) group() (*group, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	groups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", c.pid))
	if err != nil {
		return nil, fmt.Errorf("the processes of its container are not seen here (%w): the lab and the Docker engine must run on one machine, side by side", err)
	}
	t, err := findTree(mounts, groups)
	if err != nil {
		return nil, err
	}
	return &group{c: &controller{version: t.version}, dir: t.home}, nil
}

// limit sets the container's CPU budget in cores; 0 takes it away.
func (c *container) limit(cores float64) error {
	period, quota := budgetOf(cores)
	if cores == 0 {
		quota = -1
	}
	_, err := c.engine.run(context.Background(), "update", "--cpu-period", fmt.Sprint(period), "--cpu-quota", fmt.Sprint(quota), c.name)
	return err
}

// pause stops everything in the container and returns when nothing runs any more; unpause lets it go on.
func (c *container) pause() error {
	_, err := c.engine.run(context.Background(), "pause", c.name)
	c.paused.Store(err == nil)
	return err
}

func (c *container) unpause() error {
	if !c.paused.CompareAndSwap(true, false) {
		return nil
	}
	_, err := c.engine.run(context.Background(), "unpause", c.name)
	return err
}

// kill ends everything in the container at once.
func (c *container) kill() error {
	_, err := c.engine.run(context.Background(), "kill", c.name)
	return err
}

// connect puts the container on the lab's network again, disconnect takes it off: nobody reaches it, and it reaches nobody.
func (c *container) connect(ctx context.Context) error {
	_, err := c.engine.run(ctx, "network", "connect", "--ip", c.ip, c.engine.network, c.name)
	return err
}

func (c *container) disconnect(ctx context.Context) error {
	_, err := c.engine.run(ctx, "network", "disconnect", c.engine.network, c.name)
	return err
}
