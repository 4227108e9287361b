//go:build docker

package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// deployment is what docker-compose.yml describes, under a project name of its own so that it meets no other.
type deployment struct {
	t       *testing.T
	ctx     context.Context
	compose []string // the command, up to the project's name
	project string
}

const root = "../.." // of the source tree

// build builds the images.
func build(ctx context.Context, t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(ctx, buildLimit, errors.New("it took too long"))
	defer cancel()
	if _, err := execute(ctx, append(composeCommand(t), "build")...); err != nil {
		t.Fatalf("%v\nthe images cannot be built: where no registry is in reach, scripts/images/standins.sh makes the bases", err)
	}
}

// deploy starts everything. At the test's end all of it is removed, whatever happened.
func deploy(ctx context.Context, t *testing.T) *deployment {
	t.Helper()
	d := &deployment{t: t, ctx: ctx, project: fmt.Sprintf("authlabtest%d", os.Getpid())}
	d.compose = append(composeCommand(t), "--project-name", d.project)
	d.run("scripts/compose/secrets.sh")
	t.Cleanup(d.remove)
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

// execute runs a command at the root of the tree and returns what it wrote to stdout. The error has all that it wrote.
func execute(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "AUTHLAB_SESSION_PORT=0", "AUTHLAB_TOKEN_PORT=0", "AUTHLAB_REPORT_PORT=0") // any that are free
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(command, " "), errors.Join(err, context.Cause(ctx)), &stdout, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}

func (d *deployment) run(command ...string) string {
	d.t.Helper()
	out, err := execute(d.ctx, command...)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *deployment) up(flags ...string) {
	d.t.Helper()
	d.run(append(append(d.compose, "up", "--detach"), flags...)...)
}

// containers are the ids of a service's containers that run.
func (d *deployment) containers(service string) []string {
	d.t.Helper()
	return strings.Fields(d.run("docker", "ps", "--quiet", "--no-trunc", "--filter", "label=com.docker.compose.project="+d.project,
		"--filter", "label=com.docker.compose.service="+service))
}

// base is the URL, from this machine, of what listens on a port of a service.
func (d *deployment) base(service, port string) string {
	d.t.Helper()
	return "http://" + d.run(append(d.compose, "port", service, port)...)
}

// container is what the engine tells about one.
type container struct {
	Name   string
	Config struct{ User string }
	State  struct{ Health struct{ Status string } }

	HostConfig struct {
		ReadonlyRootfs bool
		CapDrop        []string
		SecurityOpt    []string
		Memory         int64
		Privileged     bool
	}
	NetworkSettings struct {
		Ports map[string][]struct{ HostIP, HostPort string }
	}
}

// tried is how often the balancer could not connect to a replica of session and tried again, there or at another one.
func (d *deployment) tried() int {
	d.t.Helper()
	const ask = `exec 3<>/dev/tcp/127.0.0.1/8404; printf 'GET /replicas;csv HTTP/1.0\r\n\r\n' >&3; while IFS= read -r line <&3; do echo "$line"; done`
	var names []string
	for line := range strings.Lines(d.run("docker", "exec", d.containers("balancer")[0], "/bin/bash", "-c", ask)) {
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
						d.t.Fatalf("the balancer's %s is %q", name, values[i])
					}
					sum += n
				}
			}
			return sum
		}
	}
	d.t.Fatal("the balancer does not tell of its tries")
	return 0
}

// mutant is the same deployment by a docker-compose.yml in which something is replaced.
func (d *deployment) mutant(old, with string) *deployment {
	d.t.Helper()
	text, err := os.ReadFile(root + "/docker-compose.yml")
	if err != nil {
		d.t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		d.t.Fatalf("docker-compose.yml has no %s", old)
	}
	file := filepath.Join(d.t.TempDir(), "docker-compose.yml")
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(old), []byte(with)), 0o600); err != nil {
		d.t.Fatal(err)
	}
	m := *d
	m.compose = append(composeCommand(d.t), "--project-directory", ".", "--file", file, "--file", "docker-compose.override.yml", "--project-name", d.project)
	return &m
}

// all describes every container of the project.
func (d *deployment) all() []container {
	d.t.Helper()
	ids := strings.Fields(d.run("docker", "ps", "--quiet", "--filter", "label=com.docker.compose.project="+d.project))
	var all []container
	if err := json.Unmarshal([]byte(d.run(append([]string{"docker", "inspect"}, ids...)...)), &all); err != nil {
		d.t.Fatal(err)
	}
	return all
}

// remove removes everything and sees that nothing is left.
func (d *deployment) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // d.ctx may have ended: that may be why
	defer cancel()
	if d.t.Failed() {
		logs, _ := execute(ctx, append(d.compose, "logs", "--no-color", "--tail=20")...)
		fmt.Fprintln(d.t.Output(), logs)
	}
	if _, err := execute(ctx, append(d.compose, "down", "--volumes", "--timeout=20")...); err != nil {
		d.t.Error(err)
	}
	for _, list := range [][]string{{"ps", "--all"}, {"network", "ls"}, {"volume", "ls"}} {
		command := append(append([]string{"docker"}, list...), "--quiet", "--filter", "label=com.docker.compose.project="+d.project)
		if left, err := execute(ctx, command...); err != nil || left != "" {
			d.t.Errorf("left by docker-compose down: %s of docker %s, %v", left, list[0], err)
		}
	}
}

// wait waits until done says true, for limit at most.
func (d *deployment) wait(limit time.Duration, what string, done func() bool) {
	d.t.Helper()
	for end := time.Now().Add(limit); !done(); {
		if d.ctx.Err() != nil || time.Now().After(end) {
			d.t.Fatalf("waited for %s, in vain: %v", what, context.Cause(d.ctx))
		}
		time.Sleep(200 * time.Millisecond)
	}
}
