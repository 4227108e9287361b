//go:build docker

package compose_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"authlab/scripts/deploy"
)

// deployment is what docker-compose.yml describes, under a project name of its own so that it meets no other.
type deployment struct {
	*deploy.Operator
	compose []string // the command, up to the project's name
	project string
}

// start starts everything, at any ports that are free. At the test's end all of it is removed, whatever happened.
func start(o *deploy.Operator) *deployment {
	o.T.Helper()
	o.Env = []string{"AUTHLAB_SESSION_PORT=0", "AUTHLAB_TOKEN_PORT=0", "AUTHLAB_REPORT_PORT=0"}
	d := &deployment{Operator: o, project: fmt.Sprintf("authlabtest%d", os.Getpid())}
	d.compose = append(composeCommand(o.T), "--project-name", d.project)
	d.Run("scripts/compose/secrets.sh")
	d.End("com.docker.compose.project="+d.project,
		[][]string{slices.Concat(d.compose, []string{"logs", "--no-color", "--tail=20"})},
		[][]string{slices.Concat(d.compose, []string{"down", "--volumes", "--timeout=20"})})
	d.up("--no-build")
	return d
}

// composeCommand is Docker Compose 2, or else docker-compose.
func composeCommand(t *testing.T) []string {
	if exec.Command("docker", "compose", "version").Run() == nil {
		return []string{"docker", "compose"}
	}
	if _, err := exec.LookPath("docker-compose"); err != nil {
		t.Fatal("neither `docker compose` nor docker-compose is installed: install one of them")
	}
	return []string{"docker-compose"}
}

func (d *deployment) up(flags ...string) {
	d.T.Helper()
	d.Run(append(append(d.compose, "up", "--detach"), flags...)...)
}

// containers are the ids of a service's containers that run.
func (d *deployment) containers(service string) []string {
	d.T.Helper()
	return strings.Fields(d.Run("docker", "ps", "--quiet", "--no-trunc", "--filter",
		"label=com.docker.compose.project="+d.project,
		"--filter", "label=com.docker.compose.service="+service))
}

// base is the URL, from this machine, of what listens on a port of a service.
func (d *deployment) base(service, port string) string {
	d.T.Helper()
	return "http://" + d.Run(append(d.compose, "port", service, port)...)
}

// tried is how often the balancer could not connect to a replica of session and tried again, there or at another one.
func (d *deployment) tried() int {
	d.T.Helper()
	const ask = `exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET /replicas;csv HTTP/1.0\r\n\r\n' >&3; ` +
		`while IFS= read -r line <&3; do echo "$line"; done`
	var names []string
	for line := range strings.Lines(d.Run("docker", "exec", d.containers("balancer")[0], "/bin/bash", "-c", ask)) {
		values := strings.Split(strings.TrimSpace(line), ",")
		switch {
		case strings.HasPrefix(line, "# "):
			names = strings.Split(strings.TrimPrefix(line, "# "), ",")
		case len(values) > 1 && values[0] == "session" && values[1] == "BACKEND":
			sum := 0
			for i, name := range names {
				if name == "wretr" || name == "wredis" {
					n, err := strconv.Atoi(values[i])
					if err != nil {
						d.T.Fatalf("the balancer's %s is %q", name, values[i])
					}
					sum += n
				}
			}
			return sum
		}
	}
	d.T.Fatal("the balancer does not tell of its tries")
	return 0
}

// mutant is the same deployment by a docker-compose.yml in which something is replaced.
func (d *deployment) mutant(old, with string) *deployment {
	d.T.Helper()
	text, err := os.ReadFile(deploy.Root + "/docker-compose.yml")
	if err != nil {
		d.T.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		d.T.Fatalf("docker-compose.yml has no %s", old)
	}
	file := filepath.Join(d.T.TempDir(), "docker-compose.yml")
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(old), []byte(with)), 0o600); err != nil {
		d.T.Fatal(err)
	}
	m := *d
	m.compose = append(composeCommand(d.T), "--project-directory", ".", "--file", file, "--file",
		"docker-compose.override.yml", "--project-name", d.project)
	return &m
}

// all describes every container of the project.
func (d *deployment) all() []deploy.Container {
	d.T.Helper()
	return d.Containers([]string{"docker"}, "label=com.docker.compose.project="+d.project)
}
