//go:build docker

package swarm_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"authlab/scripts/deploy"
)

// update is the sessions' image by another name: what a rolling update goes to.
const update = "authlab-sessiond:next"

// swarm is three nodes that the stack is deployed to. Any that is up can be told what to do.
type swarm struct {
	*deploy.Operator
	dir string // of the engines' sockets
	by  string // the node that is told
}

// up starts the nodes and deploys the stack. At the test's end all of it is removed, whatever happened.
func up(o *deploy.Operator) *swarm {
	o.T.Helper()
	s := &swarm{Operator: o, by: "node1"}
	if left, err := s.Left(s.Ctx, label); err != nil || left != "" {
		s.T.Fatal("there is a Swarm of this test already: end the other test, or run scripts/deploy/down.sh " + label)
	}
	s.T.Cleanup(s.remove)
	var err error
	if s.dir, err = os.MkdirTemp("", "authlab-swarm"); err != nil { // t.TempDir's names can be too long for a socket
		s.T.Fatal(err)
	}
	s.Run("scripts/compose/secrets.sh")
	s.Run("docker", "tag", "authlab-sessiond:dev", update)
	s.Run("scripts/swarm/image.sh")
	s.Run(append([]string{"scripts/swarm/up.sh", s.dir, update}, slices.Sorted(maps.Keys(s.Images()))...)...)
	s.docker("node", "update", "--label-add", "authlab.store=true", store)
	s.docker("stack", "deploy", "--resolve-image", "never", "-c", "docker-compose.yml", "-c", "docker-compose.swarm.yml", stack)
	return s
}

// at is a command for the engine of a node.
func (s *swarm) at(node string, arguments ...string) []string {
	return append([]string{"docker", "-H", "unix://" + s.dir + "/" + node + "/docker.sock"}, arguments...)
}

func (s *swarm) docker(arguments ...string) string {
	s.T.Helper()
	return s.Run(s.at(s.by, arguments...)...)
}

// asked is an answer that may be missing, as it is while the Swarm has no leader.
func (s *swarm) asked(arguments ...string) string {
	ctx, cancel := context.WithTimeout(s.Ctx, 5*time.Second)
	defer cancel()
	out, _ := s.Execute(ctx, s.at(s.by, arguments...)...)
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

// label is on all that the nodes are made of.
const label = "authlab.swarm"

// remove removes everything and sees that nothing is left.
func (s *swarm) remove() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // s.Ctx may have ended: that may be why
	defer cancel()
	if s.T.Failed() {
		state, err := s.Execute(ctx, s.at(s.by, "stack", "ps", stack, "--no-trunc", "--format", "{{.Name}} {{.Node}} {{.CurrentState}} {{.Error}}")...)
		fmt.Fprintln(s.T.Output(), state, err)
	}
	if _, err := s.Execute(ctx, "scripts/deploy/down.sh", label); err != nil {
		s.T.Error(err)
	}
	if err := os.RemoveAll(s.dir); err != nil {
		s.T.Error(err)
	}
	if _, err := s.Execute(ctx, "docker", "image", "rm", update); err != nil {
		s.T.Log(err) // it is a name, and may not have been given yet
	}
	if left, err := s.Left(ctx, label); err != nil || left != "" {
		s.T.Errorf("left by scripts/deploy/down.sh: %s%v", left, err)
	}
}
