package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/cluster/usage"
)

// instance is a container, and the docker command that runs it.
type instance struct {
	place   *place
	cmd     *exec.Cmd
	name    string
	image   string
	tree    bool           // it runs several processes
	settled atomic.Bool    // the fields below are known
	pid     int            // of its first process, in this machine's numbering
	usage   *usage.Program // of that process
	ip      string         // on the lab's network
	paused  atomic.Bool
}

// Settle waits until the container runs, and finds its address and process.
func (i *instance) Settle(ctx context.Context) error {
	return poll.Until(ctx, func() error {
		text, err := i.place.run(ctx, "inspect", "--type", "container", "--format", "{{json .}}", i.name)
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
		i.pid, i.ip = told.State.Pid, told.NetworkSettings.Networks[i.place.network].IPAddress
		if i.pid == 0 || i.ip == "" {
			return errors.New("its container does not run")
		}
		i.usage = usage.Of(i.pid, i.tree)
		i.settled.Store(true)
		return nil
	})
}

// Host is its address on the lab's network.
func (i *instance) Host() string { return i.ip }

// Read reads what its processes have used, from their CPU clocks.
func (i *instance) Read() (usage.Reading, error) { return i.usage.Read() }

// Wait waits for the docker command, which ends with the container.
func (i *instance) Wait() string {
	i.cmd.Wait()
	return i.cmd.ProcessState.String()
}

// Quit signals the docker command, which passes the signal on. As the first process of a container, HAProxy ignores
// SIGTERM.
func (i *instance) Quit(s syscall.Signal) error {
	if i.image == haproxyImage {
		return i.Kill()
	}
	return i.signal(s)
}

// Kill ends everything in the container at once, or the docker command that has not made the container yet.
func (i *instance) Kill() error {
	if !i.settled.Load() {
		return i.signal(syscall.SIGKILL)
	}
	return i.order("kill", i.name)
}

// signal signals the docker command.
func (i *instance) signal(s syscall.Signal) error {
	if err := syscall.Kill(-i.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("it cannot be sent %s: %w", s, err)
	}
	return nil
}

// Pause stops everything in the container. The engine returns when nothing runs any more.
func (i *instance) Pause() error {
	err := i.order("pause", i.name)
	i.paused.Store(err == nil)
	return err
}

// Resume lets a paused container go on.
func (i *instance) Resume() error {
	if !i.paused.CompareAndSwap(true, false) {
		return nil
	}
	return i.order("unpause", i.name)
}

// CutOff disconnects the container from the lab's network.
func (i *instance) CutOff(ctx context.Context) error {
	_, err := i.place.run(ctx, "network", "disconnect", i.place.network, i.name)
	return err
}

// Reconnect connects it again, with its old address.
func (i *instance) Reconnect(ctx context.Context) error {
	_, err := i.place.run(ctx, "network", "connect", "--ip", i.ip, i.place.network, i.name)
	return err
}

// order runs a docker command without output.
func (i *instance) order(args ...string) error {
	_, err := i.place.run(context.Background(), args...)
	return err
}

// limited is a container that has a budget.
type limited struct {
	*instance
	group *cgroup.Group // the container's own
}

// Settle also finds the container's control group.
func (l *limited) Settle(ctx context.Context) (err error) {
	if err := l.instance.Settle(ctx); err != nil {
		return err
	}
	l.group, err = cgroup.Of(l.pid)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the processes of its container are not seen here (%w): the lab and the Docker engine must run "+
			"on one machine, side by side", err)
	}
	return err
}

// Read reads what it has used, and how long its budget kept it from running.
func (l *limited) Read() (usage.Reading, error) { return l.group.Read(l.usage) }

// Limit changes the container's limit through the engine.
func (l *limited) Limit(cores float64) error {
	period, quota := cgroup.Quota(cores)
	if cores == 0 {
		quota = -1
	}
	return l.order("update", "--cpu-period", fmt.Sprint(period), "--cpu-quota", fmt.Sprint(quota), l.name)
}

// Confined reports whether all of its processes are in the container's control group.
func (l *limited) Confined() (bool, error) { return l.group.Confines(l.usage) }
