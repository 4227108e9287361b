package cluster

import (
	"context"
	"fmt"

	"authlab/loadtest/cluster/platform"
)

// Kill ends the process at once, as a crash would. It is not reported as a death.
func (p *Process) Kill() error {
	p.expected.Store(true)
	return p.does(p.instance.Kill)
}

// Pause stops the process from running, as a hang would; Resume lets it go on. When Pause returns, none of its threads
// runs any more.
func (p *Process) Pause() error { return p.does(p.instance.Pause) }

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.does(p.instance.Resume) }

// does calls what on a process that still runs.
func (p *Process) does(what func() error) error {
	if p.ended() {
		return fmt.Errorf("%s has ended", p)
	}
	if err := what(); err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return nil
}

// CutOff disconnects the process from its network, as a pulled cable would; Reconnect connects it again. Not every
// platform gives a process a network of its own.
func (p *Process) CutOff(ctx context.Context) error {
	severable, ok := p.instance.(platform.Severable)
	if !ok {
		return fmt.Errorf(
			"%s shares this machine's network and cannot be cut off from it: measure with another --platform", p)
	}
	return severable.CutOff(ctx)
}

// Reconnect undoes CutOff. The process has its old address again.
func (p *Process) Reconnect(ctx context.Context) error {
	if severable, ok := p.instance.(platform.Severable); ok {
		return severable.Reconnect(ctx)
	}
	return nil
}
