// Package process runs the programs of a lab as processes of this machine, which the lab forks.
//
// It finds them on this machine, starts each in its own control group where it may make groups, and reads what they use
// from the kernel. They share this machine's loopback address, and so its ports. The package does not know what the
// programs do.
package process

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/spawner"
	"authlab/loadtest/cluster/usage"
)

// Name is the name of this platform.
const Name = "processes"

// Platform is this machine.
type Platform struct{}

// Name is Name.
func (Platform) Name() string { return Name }

// About describes it in the command's help.
func (Platform) About() string { return Name + " of this machine" }

// Prepare gives an ordinary user's lab a control group of its own: see cgroup.Delegate.
func (Platform) Prepare() error { return cgroup.Delegate() }

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// Address is the loopback address.
func (Platform) Address() netip.Addr { return loopback }

// place is this machine for the time of a lab.
type place struct {
	lab     platform.Lab
	spawner *spawner.Spawner
	control *cgroup.Controller // nil if there are no budgets
	why     string             // why not
}

// Open starts the thread that forks, and finds out how CPU budgets can be enforced. Their absence is not an error: the
// report says what it cannot show.
func (Platform) Open(_ context.Context, l platform.Lab) (platform.Place, error) {
	p := &place{lab: l}
	var err error
	if p.spawner, err = spawner.Open(); err != nil {
		return nil, err
	}
	p.openBudgets()
	return p, nil
}

func (p *place) openBudgets() {
	t, err := cgroup.This()
	if err == nil {
		p.control, err = t.Open(p.lab.Nonce)
	}
	switch {
	case err == nil:
	case t.Version == 2:
		p.why = fmt.Sprintf("there are no CPU budgets for this user (%v): "+
			"run as root, or log in so that systemd can delegate a control group", err)
	default:
		p.why = fmt.Sprintf("there are no CPU budgets for this user (%v): run as root", err)
	}
}

// Network is only the loopback address.
func (p *place) Network() netip.Prefix { return netip.PrefixFrom(loopback, loopback.BitLen()) }

// Budgets describes the control groups.
func (p *place) Budgets() platform.Mechanism {
	if p.control == nil {
		return platform.Mechanism{Name: "none", Why: p.why}
	}
	return platform.Mechanism{Name: p.control.String()}
}

// Listen opens a socket on a free port.
func (p *place) Listen() (file *os.File, addr string, err error) {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback.String(), "0"))
	if err != nil {
		return nil, "", fmt.Errorf("cannot find a free port for the balancer: %w", err)
	}
	defer l.Close()
	file, err = l.(*net.TCPListener).File()
	return file, l.Addr().String(), err
}

// Start forks the program, in its control group if it has a budget.
func (p *place) Start(l platform.Launch) (platform.Instance, error) {
	c := spawner.Child{
		Path: l.Path, Args: l.Args, Env: l.Env, CPUs: l.CPUs, Files: l.Files, As: l.As, Stdout: l.Stdout, Stderr: l.Log,
	}
	if !l.Budgeted || p.control == nil {
		return p.fork(c, l.Tree)
	}
	group, err := p.control.Group(l.Name)
	if err != nil {
		return nil, err
	}
	c.Confine = group.Start
	i, err := p.fork(c, l.Tree)
	if err != nil {
		group.Remove()
		return nil, err
	}
	return &limited{i, group}, nil
}

func (p *place) fork(c spawner.Child, tree bool) (*instance, error) {
	cmd, err := p.spawner.Start(c)
	if err != nil {
		return nil, err
	}
	return &instance{cmd: cmd, usage: usage.Of(cmd.Process.Pid, tree)}, nil
}

// Close ends the thread that forks, and with it every program that still runs.
func (p *place) Close() error {
	p.spawner.Close()
	if p.control == nil {
		return nil
	}
	return p.control.Remove()
}
