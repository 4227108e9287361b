// Package docker runs the programs of a lab in containers of this machine's Docker engine, one container for each.
//
// The images are those that docker-compose.yml names and builds. The package drives the engine through its command
// line. The containers share a network without a route to any other, and see the lab's folder at its own path. A
// container outlives the command that runs it, so a reaper removes the containers of a lab that was killed. The package
// does not know what the programs do.
package docker

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/spawner"
)

// Name is the name of this platform.
const Name = "compose"

// Platform is the Docker engine of this machine.
type Platform struct {
	Otherwise string // the platform to suggest where this one is not available
}

// Name is Name.
func (Platform) Name() string { return Name }

// About describes it in the command's help.
func (Platform) About() string {
	return Name + ": containers of the images that docker-compose.yml builds"
}

// Note is what a report says about figures that were measured in containers.
func (Platform) Note() string {
	return "Every server, store and balancer runs in a container of its own and is reached over the engine's " +
		"bridge: to and from a replica each packet passes a pair of virtual network cards and the packet filter, " +
		"which loopback spares it, and part of that is charged to the replica, the control's as well. " +
		"CPU is read by the clocks of the containers' processes. " +
		"The load generator runs outside. Figures of this platform and of processes are never compared."
}

// Address stands for every address of a container.
func (Platform) Address() netip.Addr { return netip.IPv4Unspecified() }

// unprivileged is the account for containers when root runs the lab.
const unprivileged = 65532

// labelled marks what a lab made in an engine. The path of the lab's folder follows; the folder's claim tells whether
// the lab is alive.
const labelled = "authlab.lab="

// place is the engine for the time of a lab.
type place struct {
	command
	otherwise string
	version   string
	nonce     string // the lab's
	home      *claim.Folder
	user      string // UID:GID of the programs
	network   string
	subnet    netip.Prefix // the network's
	spawner   *spawner.Spawner
	reaper    *reaper
}

// Open finds the engine, removes what dead labs left in it, and makes a network.
func (d Platform) Open(ctx context.Context, l platform.Lab) (platform.Place, error) {
	path, err := exec.LookPath("docker")
	if err != nil {
		return nil, fmt.Errorf("containers need Docker, and its command is not installed: install it, "+
			"or measure with --platform %s", d.Otherwise)
	}
	p := &place{
		command: command(path), otherwise: d.Otherwise, nonce: l.Nonce, home: l.Home, network: claim.Prefix + l.Nonce,
	}
	if p.version, err = p.run(ctx, "version", "--format", "{{.Server.Version}}"); err != nil {
		return nil, fmt.Errorf("the Docker engine does not answer (%w): start it, see that you may use it, "+
			"or measure with --platform %s", err, d.Otherwise)
	}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = unprivileged, unprivileged
		if err := l.Home.Give(uid, gid); err != nil {
			return nil, err
		}
	}
	p.user = fmt.Sprintf("%d:%d", uid, gid)
	p.sweep(ctx)
	if err := p.open(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// open makes what Close must remove, once there is something to run.
func (p *place) open(ctx context.Context) (err error) {
	if err := p.has(ctx, ownImage); err != nil {
		return err
	}
	if p.spawner, err = spawner.Open(); err != nil {
		return err
	}
	if p.reaper, err = p.reap(); err != nil {
		return err
	}
	if err := p.makeNetwork(ctx); err != nil {
		return fmt.Errorf("the Docker engine makes no network: %w", err)
	}
	return nil
}

// makeNetwork makes a network twice. The first time, the engine finds free addresses; the second time, the lab asks for
// those addresses. A container that was taken off a network can have its old address again only in a network whose
// addresses were asked for.
func (p *place) makeNetwork(ctx context.Context) (err error) {
	create := []string{"network", "create", "--internal", "--label", labelled + p.home.Path()}
	if _, err = p.run(ctx, append(create, p.network)...); err != nil {
		return err
	}
	subnet, err := p.run(ctx, "network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", p.network)
	if err == nil {
		p.subnet, err = netip.ParsePrefix(subnet)
	}
	if err != nil {
		return err
	}
	if _, err = p.run(ctx, "network", "rm", p.network); err != nil {
		return err
	}
	_, err = p.run(ctx, append(create, "--subnet", subnet, p.network)...)
	return err
}

// Network is the lab's own network.
func (p *place) Network() netip.Prefix { return p.subnet }

// Budgets describes the engine's limits.
func (p *place) Budgets() platform.Mechanism {
	return platform.Mechanism{Name: "limits of containers, Docker " + p.version}
}

// Enclosed reports that the lab's network leads nowhere else.
func (p *place) Enclosed() error {
	return fmt.Errorf("containers have a store and accounts of their own: unset AUTHLAB_REDIS_URL and "+
		"AUTHLAB_DATABASE_URL, or measure with --platform %s", p.otherwise)
}

// Close removes what is left of the lab: its network, and containers that still run.
func (p *place) Close() error {
	if p.spawner != nil {
		p.spawner.Close()
	}
	if p.reaper == nil {
		return nil
	}
	return p.reaper.release()
}
