//go:build docker

package swarm_test

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"authlab/scripts/deploy"
)

// update is the sessions' image by another name: what a rolling update goes to.
const update = "authlab-sessiond:next"

// nodes are all there are. Each is a manager.
var nodes = []string{"node1", "node2", "node3"}

// others are the nodes but those named.
func others(named ...string) []string {
	return slices.DeleteFunc(slices.Clone(nodes), func(node string) bool { return slices.Contains(named, node) })
}

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
	var err error
	if s.dir, err = os.MkdirTemp("", "authlab-swarm"); err != nil { // t.TempDir's names can be too long for a socket
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() {
		if err := os.RemoveAll(s.dir); err != nil {
			s.T.Error(err)
		}
	})
	s.End(label,
		[][]string{s.at(store, "stack", "ps", stack, "--no-trunc", "--format",
			"{{.Name}} {{.Node}} {{.CurrentState}} {{.Error}}")},
		// which may not have been named yet
		[][]string{{"scripts/deploy/down.sh", label}, {"docker", "image", "rm", "--force", update}})
	s.Run("scripts/compose/secrets.sh")
	s.Run("docker", "tag", "authlab-sessiond:dev", update)
	s.Run("scripts/swarm/image.sh")
	s.Run(append([]string{"scripts/swarm/up.sh", s.dir, update}, slices.Sorted(maps.Keys(s.Images()))...)...)
	s.docker("node", "update", "--label-add", "authlab.store=true", store)
	s.docker("stack", "deploy", "--resolve-image", "never", "-c", "docker-compose.yml", "-c", "docker-compose.swarm.yml",
		stack)
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

// leader is the node that leads, "" while none does.
func (s *swarm) leader() string {
	for _, node := range nodes {
		if s.status(node) == "Ready Leader" {
			return node
		}
	}
	return ""
}

// placed is how many replicas of the sessions each node should have and says it has.
func (s *swarm) placed() map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(s.asked("service", "ps", sessions, "--filter", "desired-state=running", "--format",
		"{{.Node}} {{.CurrentState}}")) {
		if node, state, _ := strings.Cut(line, " "); strings.HasPrefix(state, "Running") {
			n[node]++
		}
	}
	return n
}

// label is on all that the nodes are made of.
const label = "authlab.swarm"

// hardened sees that what runs on a node may do no more than it needs.
func (s *swarm) hardened(node string) {
	s.T.Helper()
	tasks := s.Containers(s.at(node), "label=com.docker.stack.namespace="+stack)
	if len(tasks) == 0 {
		s.T.Errorf("nothing of the stack runs on %s", node)
	}
	for _, task := range tasks {
		s.Hardened(task, "docker", "exec", "authlab-swarm-"+node)
	}
}
