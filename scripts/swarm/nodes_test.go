//go:build docker

package swarm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const root = "../.." // of the source tree

// update is the sessions' image by another name: what a rolling update goes to.
const update = "authlab-sessiond:next"

// swarm is three nodes that the stack is deployed to. Any that is up can be told what to do.
type swarm struct {
	t   *testing.T
	ctx context.Context
	dir string // of the engines' sockets
	by  string // the node that is told
}

// up starts the nodes and deploys the stack. At the test's end all of it is removed, whatever happened.
func up(ctx context.Context, t *testing.T) *swarm {
	t.Helper()
	s := &swarm{t: t, ctx: ctx, by: "node1"}
	for _, list := range kinds {
		if left := s.run(labelled(list)...); left != "" {
			t.Fatal("there is a Swarm of this test already: end the other test, or run scripts/swarm/down.sh")
		}
	}
	t.Cleanup(s.remove)
	var err error
	if s.dir, err = os.MkdirTemp("", "authlab-swarm"); err != nil { // t.TempDir's names can be too long for a socket
		t.Fatal(err)
	}
	s.run("scripts/compose/secrets.sh")
	s.run("docker", "tag", "authlab-sessiond:dev", update)
	s.run("scripts/swarm/image.sh")
	s.run(append([]string{"scripts/swarm/up.sh", s.dir, update}, slices.Sorted(maps.Keys(images(t)))...)...)
	s.docker("node", "update", "--label-add", "authlab.store=true", store)
	s.docker("stack", "deploy", "--resolve-image", "never", "-c", "docker-compose.yml", "-c", "docker-compose.swarm.yml", stack)
	return s
}

var imagePattern = regexp.MustCompile(`(?:target: (\w+) }\n +)?image: (\S+)`)

// images are the images that docker-compose.yml names, each with the target of Dockerfile that it is, or "".
func images(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]string{}
	for _, match := range imagePattern.FindAllStringSubmatch(string(text), -1) {
		targets[match[2]] = match[1]
	}
	return targets
}

// build builds the images that are the project's own, and gets the others.
func build(ctx context.Context, t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(ctx, 10*time.Minute, errors.New("it took too long"))
	defer cancel()
	for image, target := range images(t) {
		command := []string{"docker", "build", "--target", target, "--tag", image, "."}
		if target == "" {
			if _, err := execute(ctx, "docker", "image", "inspect", image); err == nil {
				continue
			}
			command = []string{"docker", "pull", image}
		}
		if _, err := execute(ctx, command...); err != nil {
			t.Fatalf("%v\nthere is no image %s: where no registry is in reach, scripts/images/standins.sh makes the bases", err, image)
		}
	}
}

// execute runs a command at the root of the tree and returns what it wrote to stdout. The error has all that it wrote.
func execute(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = root
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(command, " "), errors.Join(err, context.Cause(ctx)), &stdout, &stderr)
	}
	return strings.TrimSpace(stdout.String()), nil
}

func (s *swarm) run(command ...string) string {
	s.t.Helper()
	out, err := execute(s.ctx, command...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// at is a command for the engine of a node.
func (s *swarm) at(node string, arguments ...string) []string {
	return append([]string{"docker", "-H", "unix://" + s.dir + "/" + node + "/docker.sock"}, arguments...)
}

func (s *swarm) docker(arguments ...string) string {
	s.t.Helper()
	return s.run(s.at(s.by, arguments...)...)
}

// asked is an answer that may be missing, as it is while the Swarm has no leader.
func (s *swarm) asked(arguments ...string) string {
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	out, _ := execute(ctx, s.at(s.by, arguments...)...)
	return out
}

// status is what the managers know of a node: Ready or Down, and Leader, Reachable or Unreachable.
func (s *swarm) status(node string) string {
	return s.asked("node", "ls", "--filter", "name="+node, "--format", "{{.Status}} {{.ManagerStatus}}")
}

// placed is how many replicas of the sessions each node should have and says it has.
func (s *swarm) placed() map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(s.asked("service", "ps", sessions, "--filter", "desired-state=running", "--format", "{{.Node}} {{.CurrentState}}")) {
		if node, state, _ := strings.Cut(line, " "); strings.HasPrefix(state, "Running") {
			n[node]++
		}
	}
	return n
}

var kinds = [][]string{{"ps", "--all"}, {"volume", "ls"}, {"network", "ls"}}

func labelled(list []string) []string {
	return slices.Concat([]string{"docker"}, list, []string{"--quiet", "--filter", "label=authlab.swarm"})
}

// remove removes everything and sees that nothing is left.
func (s *swarm) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // s.ctx may have ended: that may be why
	defer cancel()
	if s.t.Failed() {
		state, err := execute(ctx, s.at(s.by, "stack", "ps", stack, "--no-trunc", "--format", "{{.Name}} {{.Node}} {{.CurrentState}} {{.Error}}")...)
		fmt.Fprintln(s.t.Output(), state, err)
	}
	if _, err := execute(ctx, "scripts/swarm/down.sh"); err != nil {
		s.t.Error(err)
	}
	if err := os.RemoveAll(s.dir); err != nil {
		s.t.Error(err)
	}
	if _, err := execute(ctx, "docker", "image", "rm", update); err != nil {
		s.t.Log(err) // it is a name, and may not have been given yet
	}
	for _, list := range kinds {
		if left, err := execute(ctx, labelled(list)...); err != nil || left != "" {
			s.t.Errorf("left by scripts/swarm/down.sh: %s of docker %s, %v", left, list[0], err)
		}
	}
}

// wait waits until done says true, for limit at most.
func (s *swarm) wait(limit time.Duration, what string, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(limit); !done(); {
		if s.ctx.Err() != nil || time.Now().After(end) {
			s.t.Fatalf("waited for %s, in vain: %v", what, context.Cause(s.ctx))
		}
		time.Sleep(200 * time.Millisecond)
	}
}
