package cluster

import (
	"context"
	"errors"
	"fmt"
)

// Platform is where the programs of a lab run.
type Platform string

// The platforms.
const (
	Processes Platform = "processes" // of this machine, which the lab forks
	Compose   Platform = "compose"   // containers, of the images that docker-compose.yml names and builds
)

// own is one of the project's own programs.
func (l *Lab) own(name string) (program, error) {
	if l.engine != nil {
		return program{ownImage, "/" + name}, nil
	}
	path, err := ownProgram(l.config.BinDir, name)
	return program{path: path}, err
}

// anyPort is where a program listens on a port of its choice.
func (l *Lab) anyPort() string {
	if l.engine != nil {
		return "0.0.0.0:0"
	}
	return "127.0.0.1:0"
}

// network is where the programs reach each other, in CIDR notation.
func (l *Lab) network() string {
	if l.engine != nil {
		return l.engine.subnet
	}
	return "127.0.0.1/32"
}

// reachable are the flags by which the others reach a server. Nobody else is on a lab's network, which is what servers want to
// be told before they do without TLS or authentication.
func (l *Lab) reachable(server string) []string {
	flags := []string{"--listen=" + l.anyPort()}
	if l.engine == nil {
		return flags
	}
	if server == "controld" {
		return append(flags, "--unauthenticated")
	}
	return append(flags, "--insecure-cookies")
}

// findParts sees whether the images are there, and asks what is in them.
func (e *engine) findParts(ctx context.Context, c Config) (parts, error) {
	p := parts{accounts: Part{Role: "accounts", Name: "SQLite", Version: "embedded in the servers"}}
	if c.RedisURL != "" || c.DatabaseURL != "" {
		return p, errors.New("containers have a store and accounts of their own: unset AUTHLAB_REDIS_URL and AUTHLAB_DATABASE_URL, or measure with --platform processes")
	}
	if err := e.has(ctx, ownImage); err != nil {
		return p, err
	}
	if c.Embedded {
		p.store, p.storeProgram = Part{Role: "store", Name: "stored", Version: "of " + ownImage, Embedded: true}, program{ownImage, "/stored"}
		p.balancer, p.balancerProgram = Part{Role: "balancer", Name: "balancerd", Version: "of " + ownImage, Embedded: true}, program{ownImage, "/balancerd"}
		return p, nil
	}
	var err error
	p.storeProgram, p.balancerProgram = program{redisImage, "redis-server"}, program{haproxyImage, "haproxy"}
	if p.store, err = e.part(ctx, "store", p.storeProgram, "-v"); err != nil {
		// the rows that need it are left out
		p.store, p.storeLack = Part{Role: "store", Name: "redis-server"}, err.Error()
	}
	if p.balancer, err = e.part(ctx, "balancer", p.balancerProgram, "-v"); err != nil {
		return p, err
	}
	if c.Postgres {
		if p.sql, err = e.part(ctx, "sessions in SQL", program{postgresImage, "postgres"}, "-V"); err != nil {
			p.sql, p.sqlLack = Part{}, err.Error()
		}
	}
	return p, nil
}

// part asks a program in an image what it is.
func (e *engine) part(ctx context.Context, role string, of program, flag string) (Part, error) {
	if err := e.has(ctx, of.image); err != nil {
		return Part{}, err
	}
	told, err := e.run(ctx, "run", "--rm", "--network", "none", "--user", e.user, "--label", labelled+e.home, "--entrypoint", of.path, of.image, flag)
	version := number.FindString(told)
	if err != nil || version == "" {
		return Part{}, fmt.Errorf("the image %s does not say what it is (%s): make or pull it again", of.image, firstLine(told, err))
	}
	return Part{Role: role, Name: of.path, Version: version + ", in " + of.image}, nil
}
