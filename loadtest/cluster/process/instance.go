package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/cluster/usage"
)

// instance is a child of this process.
type instance struct {
	cmd   *exec.Cmd
	usage *usage.Program
}

// PID is its process id, and the id of its process group.
func (i *instance) PID() int { return i.cmd.Process.Pid }

// Host is the loopback address.
func (i *instance) Host() string { return loopback.String() }

// Read reads what it has used.
func (i *instance) Read() (usage.Reading, error) { return i.usage.Read() }

// Wait waits for the child and reaps it.
func (i *instance) Wait() string {
	i.cmd.Wait()
	return i.cmd.ProcessState.String()
}

// Quit signals only the first process, which ends the others in order.
func (i *instance) Quit(s syscall.Signal) error { return i.signal(s, nil) }

// Kill ends all of its processes.
func (i *instance) Kill() error { return i.signal(syscall.SIGKILL, i.others()) }

// Resume lets all of its processes go on.
func (i *instance) Resume() error { return i.signal(syscall.SIGCONT, i.others()) }

// Pause stops all of its processes, and waits until each has stopped.
func (i *instance) Pause() error {
	if err := i.signal(syscall.SIGSTOP, i.others()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return poll.Until(ctx, func() error {
		if !usage.Stopped(i.PID()) {
			return errors.New("it does not stop")
		}
		return nil
	})
}

// others are its processes outside the first one's group: the processes of a tree have groups of their own.
func (i *instance) others() []int { return i.usage.PIDs()[1:] }

// signal signals the complete process group, in case the program has children of its own, and others.
func (i *instance) signal(s syscall.Signal, others []int) error {
	for _, pid := range append([]int{-i.PID()}, others...) {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("it cannot be sent %s: %w", s, err)
		}
	}
	return nil
}

// limited is an instance in a control group of its own.
type limited struct {
	*instance
	group *cgroup.Group
}

// Read reads what it has used, and how long its budget kept it from running.
func (l *limited) Read() (usage.Reading, error) { return l.group.Read(l.usage) }

// Limit sets its budget.
func (l *limited) Limit(cores float64) error { return l.group.Limit(cores) }

// Confined reports whether all of its processes are in its control group.
func (l *limited) Confined() (bool, error) { return l.group.Confines(l.usage) }

// Close removes the control group, once the program has ended.
func (l *limited) Close() error { return l.group.Remove() }
