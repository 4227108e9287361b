package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"authlab/loadtest/cluster/poll"
)

// Kill ends it at once, as a crash would. It is not reported as a death: somebody wanted it.
func (p *Process) Kill() error {
	p.expected.Store(true)
	return p.signal(syscall.SIGKILL)
}

// Pause stops it from running, as a hang would; Resume lets it go on. When Pause returns no thread of it runs any more.
func (p *Process) Pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil || p.box != nil { // the engine waits by itself
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return poll.Until(ctx, func() error {
		if !p.ended() && !stopped(p.PID()) {
			return fmt.Errorf("%s does not stop", p)
		}
		return nil
	})
}

// stopped reports whether every thread of a process is stopped.
func stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range threads {
		stat, _ := os.ReadFile(path)
		if is := state(stat); is != 0 && is != 'T' {
			return false
		}
	}
	return true
}

// state is the letter that stands for what a thread does, out of its stat; 0 where there is none.
func state(stat []byte) byte {
	// The name before the state is in parentheses and may itself hold any.
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 || i+2 >= len(stat) {
		return 0
	}
	return stat[i+2]
}

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.signal(syscall.SIGCONT) }

// CutOff takes the process off its network, as a pulled cable would; Reconnect puts it back. Only a container can be.
func (p *Process) CutOff(ctx context.Context) error {
	if p.box == nil {
		return fmt.Errorf("%s shares this machine's network and cannot be cut off from it: measure with --platform compose", p)
	}
	return p.box.disconnect(ctx)
}

// Reconnect ends what CutOff began. The process has the address that it had.
func (p *Process) Reconnect(ctx context.Context) error {
	if p.box == nil {
		return nil
	}
	return p.box.connect(ctx)
}

// signal reaches the whole group, should the program have children of its own.
func (p *Process) signal(s syscall.Signal) error {
	if p.ended() {
		return fmt.Errorf("%s has ended", p)
	}
	switch {
	case p.box == nil:
	case s == syscall.SIGSTOP:
		return p.box.pause()
	case s == syscall.SIGCONT:
		return p.box.unpause()
	case s == syscall.SIGKILL:
		return p.box.kill()
	}
	targets := []int{-p.cmd.Process.Pid}              // docker run hands signals on
	if p.box == nil && p.tree != nil && s != p.quit { // its members have groups of their own; to end in order is the parent's business
		targets = append(targets, members(p.PID())[1:]...)
	}
	for _, pid := range targets {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("%s cannot be sent %s: %w", p, s, err)
		}
	}
	return nil
}
