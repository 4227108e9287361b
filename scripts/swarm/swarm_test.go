//go:build docker

// Package swarm_test deploys docker-compose.yml and docker-compose.swarm.yml to a Swarm of three nodes on this machine
// and sees that requests survive scaling, updates, and the loss of nodes.
package swarm_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"authlab/scripts/deploy"
	"authlab/scripts/trickle"
)

const (
	limit    = 15 * time.Minute // for all but the images; it takes about seven
	stack    = "authlab"
	sessions = stack + "_session"
	tokens   = stack + "_token"
	store    = "node2" // which has the balancer, too
	balancer = "http://192.168.177.12"
)

// Of a hundred thousand requests within a minute of it, that many may fail when a node is lost without warning.
const lossLimit = 100

func TestRequestsSurviveWhatHappensToNodes(t *testing.T) {
	o := deploy.New(t, limit)

	const key = "scripts/compose/secrets/load_key"
	s := &scene{swarm: up(o)}
	s.session = s.Trickle(balancer+":8080", key)
	s.token = s.Trickle(balancer+":8081", key)
	s.watch = s.Watch(s.spread, deploy.Stream{Name: "sessions", Trickle: s.session}, deploy.Stream{
		Name:    "tokens",
		Trickle: s.token,
	})
	s.watch.Span("the stack comes up", 0, s.comeUp) // what fails until then is no loss
	for _, node := range nodes {
		s.hardened(node)
	}

	s.during("nothing, for 10 s", 0, func() { time.Sleep(10 * time.Second) })
	s.during("scale 6 to 9", 0, func() { s.scale(9); s.settle(9) })
	s.during("scale 9 to 6", 0, func() { s.scale(6); s.settle(6) })
	s.during("rolling update", 0, s.update)

	s.during("node off", lossLimit, func() { s.lose("node3", "kill", "authlab-swarm-node3") })
	s.during("node on again", 0, func() { s.back("node3", "start", "authlab-swarm-node3") })
	s.during("node cut off", lossLimit, func() {
		s.lose("node3", "network", "disconnect", "authlab-swarm", "authlab-swarm-node3")
	})
	s.during("node connected again", 0, func() {
		s.back("node3", "network", "connect", "--ip", "192.168.177.13", "authlab-swarm", "authlab-swarm-node3")
	})
	leader := s.leaderBesideStore()
	s.by = others(leader, store)[0] // it must outlive the leader
	s.during("leader lost", lossLimit, func() { s.loseLeader(leader) })
	s.during("leader on again", 0, func() { s.back(leader, "start", "authlab-swarm-"+leader) })
}

// scene is a Swarm with requests to both schemes.
type scene struct {
	*swarm
	session, token *trickle.Trickle
	watch          *deploy.Watch
}

func (s *scene) comeUp() {
	s.scale(6)
	s.docker("service", "scale", "--detach", tokens+"=3")
	s.Wait(time.Minute, "six replicas that serve, on all nodes", s.serves(6, nodes...))
	s.Wait(time.Minute, "three replicas for tokens", func() bool { return len(s.token.Lately().Replicas) == 3 })
}

// during makes something happen and counts the requests of that time. Of a hundred thousand, allowed may fail; if any
// may, it counts for a minute at least, because a share of an arbitrary time would say nothing.
func (s *scene) during(event string, allowed int, happen func()) {
	s.T.Helper()
	least := time.Duration(0)
	if allowed > 0 {
		least = time.Minute
	}
	if span := s.watch.Span(event, least, happen); span.Failed*100_000 > allowed*span.Sent {
		s.T.Errorf("%s: %d of %d requests failed, want %.1f %% at most", event, span.Failed, span.Sent, float64(allowed)/1000)
	}
}

// spread is how many replicas of the sessions each node has.
func (s *scene) spread() string {
	n := s.placed()
	return fmt.Sprintf("%d + %d + %d on node1 to 3", n["node1"], n["node2"], n["node3"])
}

func (s *scene) scale(n int) {
	s.T.Helper()
	s.docker("service", "scale", "--detach", fmt.Sprintf("%s=%d", sessions, n))
}

// serves says whether that many replicas of the sessions answer, and all the nodes named have one and no other node has
// any.
func (s *scene) serves(n int, nodes ...string) func() bool {
	return func() bool {
		if len(s.session.Lately().Replicas) != n {
			return false
		}
		placed := s.placed()
		for _, node := range nodes {
			if placed[node] == 0 {
				return false
			}
		}
		return len(placed) == len(nodes)
	}
}

// settle waits until that many replicas answer, on three nodes.
func (s *scene) settle(n int) {
	s.T.Helper()
	s.Settle(time.Minute, fmt.Sprintf("%d replicas that serve on three nodes", n), s.serves(n, nodes...))
}

// update replaces every replica by one of another image.
func (s *scene) update() {
	s.T.Helper()
	s.docker("service", "update", "--detach", "--quiet", "--no-resolve-image", "--image", update, sessions)
	s.Wait(5*time.Minute, "the rolling update", func() bool {
		state := s.asked("service", "inspect", "--format={{.UpdateStatus.State}}", sessions)
		if state == "paused" || strings.HasPrefix(state, "rollback") {
			s.T.Fatalf("the update did not succeed: it is %s", state)
		}
		return state == "completed"
	})
	s.settle(6)
	for line := range strings.Lines(s.docker("service", "ps", sessions, "--filter", "desired-state=running",
		"--format={{.Image}}")) {
		if image := strings.TrimSpace(line); image != update {
			s.T.Errorf("after the update a replica has the image %s", image)
		}
	}
}

// lose takes a node away as the command says and waits until the others have its replicas.
func (s *scene) lose(node string, command ...string) {
	s.T.Helper()
	s.Run(append([]string{"docker"}, command...)...)
	left := others(node)
	s.Wait(time.Minute, node+" to be down", func() bool { return strings.HasPrefix(s.status(node), "Down") })
	s.Wait(time.Minute, "six replicas that serve on "+strings.Join(left, " and "), s.serves(6, left...))
}

// back returns a node as the command says. Swarm moves nothing to it by itself: more replicas go there, and as many go
// elsewhere; of tokens, too, or all of them may be on the node that is lost next.
func (s *scene) back(node string, command ...string) {
	s.T.Helper()
	s.Run(append([]string{"docker"}, command...)...)
	s.Wait(3*time.Minute, node+" to be ready", func() bool { return s.status(node) == "Ready Reachable" })
	for _, n := range []int{9, 6} {
		s.scale(n)
		s.docker("service", "scale", "--detach", fmt.Sprintf("%s=%d", tokens, n/2))
		s.settle(n)
		s.Settle(time.Minute, fmt.Sprintf("%d replicas for tokens", n/2), func() bool {
			return len(s.token.Lately().Replicas) == n/2
		})
	}
}

// leaderBesideStore waits for the Swarm to have a leader, and has another node lead where that is the store's: the
// balancer would be lost with it. Which node leads is the Swarm's own choice, anew whenever one was cut off.
func (s *scene) leaderBesideStore() (leader string) {
	s.T.Helper()
	led := func() bool { leader = s.leader(); return leader != "" }
	s.Wait(time.Minute, "the Swarm to have a leader", led)
	if leader != store {
		return leader
	}
	s.by = others(store)[0]
	s.docker("node", "demote", store)
	s.Wait(time.Minute, "another node to lead", func() bool { return led() && leader != store })
	s.docker("node", "promote", store)
	s.Wait(time.Minute, store+" to be a manager again", func() bool { return s.status(store) == "Ready Reachable" })
	return leader
}

// loseLeader takes the leader away, sees another elected, and that it can be told something.
func (s *scene) loseLeader(leader string) {
	s.T.Helper()
	s.lose(leader, "kill", "authlab-swarm-"+leader)
	s.Wait(time.Minute, "another leader", func() bool { now := s.leader(); return now != "" && now != leader })
	s.scale(7)
	s.Wait(time.Minute, "seven replicas without the first leader", s.serves(7, others(leader)...))
}
