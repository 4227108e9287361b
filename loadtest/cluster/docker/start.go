package docker

import (
	"encoding/csv"
	"fmt"
	"strings"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/spawner"
)

// Start runs the program in a container of the engine.
func (p *place) Start(l platform.Launch) (platform.Instance, error) {
	name := claim.Prefix + p.nonce + "-" + l.Name
	cmd, err := p.spawner.Start(spawner.Child{
		Path: string(p.command), Args: p.arguments(l, name), Stdout: l.Stdout, Stderr: l.Log,
	})
	if err != nil {
		return nil, err
	}
	i := &instance{place: p, cmd: cmd, name: name, image: l.In, tree: l.Tree}
	if l.Budgeted {
		return &limited{instance: i}, nil
	}
	return i, nil
}

// arguments returns the arguments of the docker command that runs a program in a container of that name. The command
// passes on the program's output, end and exit code as its own.
func (p *place) arguments(l platform.Launch, name string) []string {
	args := []string{
		"run", "--rm", "--name", name, "--label", labelled + p.home.Path(), "--network", p.network, "--user", p.user,
		"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--log-driver", "none",
		"--mount", mount(p.home.Path()),
	}
	uid, gid, _ := strings.Cut(p.user, ":")
	for _, folder := range append([]string{"/tmp"}, l.Scratch...) {
		args = append(args, "--tmpfs", fmt.Sprintf("%s:uid=%s,gid=%s,mode=0700", folder, uid, gid))
	}
	for _, variable := range l.Env {
		args = append(args, "--env", variable)
	}
	if len(l.CPUs) > 0 {
		args = append(args, "--cpuset-cpus", strings.Trim(strings.Join(strings.Fields(fmt.Sprint(l.CPUs)), ","), "[]"))
	}
	if l.In == ownImage {
		args = append(args, "--entrypoint", l.Path, l.In)
	} else {
		args = append(args, l.In, l.Path) // the entry point of a foreign image prepares the program
	}
	return append(args, l.Args...)
}

// mount is a folder that a container sees at the same path. Docker reads it as a line of CSV, so it is quoted: no
// character ends it early.
func mount(folder string) string {
	var line strings.Builder
	fields := csv.NewWriter(&line)
	fields.Write([]string{"type=bind", "source=" + folder, "target=" + folder})
	fields.Flush()
	return strings.TrimSuffix(line.String(), "\n")
}
