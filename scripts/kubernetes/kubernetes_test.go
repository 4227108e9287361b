//go:build docker

// Package kubernetes_test applies the manifests to a Kubernetes cluster of two nodes on this machine and sees that requests
// survive scaling, updates, and the loss of Pods, and that the bench runs in it.
package kubernetes_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"authlab/scripts/deploy"
	"authlab/scripts/trickle"
)

const (
	limit    = 20 * time.Minute // for all but what is built; it takes about five
	sessions = "authlab-session"
	tokens   = "authlab-token"
	node     = "http://192.168.178.11"
)

// Requests may fail for this long after a replica was killed: the kubelet's and the other node's time to notice.
const noticed = 3 * time.Second

func TestRequestsSurviveWhatHappensToPods(t *testing.T) {
	o := deploy.New(t, limit)

	s := &scene{cluster: up(o)}
	s.ask(node+":30080", "session")
	s.ask(node+":30081", "token")
	defer s.print()
	s.restricted()
	s.settle(2)

	s.during("nothing, for 10 s", 0, func() { time.Sleep(10 * time.Second) })
	s.during("autoscaler 2 to 8, by their CPU", 0, s.grow)
	s.during("8 to 2", 0, func() { s.bounds("2", "2"); s.settle(2) })
	s.during("2 to 4", 0, func() { s.bounds("4", "4"); s.settle(4) })
	s.during("rolling update", 0, s.update)
	s.during("Pod deleted", 0, func() { s.session("delete", "pod", s.one().name); s.settle(4) })
	s.during("Pod evicted", 0, s.evict)
	s.during("container killed", noticed, func() { s.kill(s.one()); time.Sleep(noticed); s.settle(4) })

	report := s.bench("bench")
	for _, want := range []string{"closed loop, 8 connections", "a request took its 4 replicas", "and the store"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report of the bench on the deployment does not say %q:\n%s", want, report)
		}
	}
	// What it compares is honest about a machine whose cores a whole cluster shares: it leaves out slices that were disturbed.
	report = s.bench("bench-quick")
	for _, want := range []string{"session-redis", "token-hs256", "## How it is measured"} {
		if !strings.Contains(report, want) || strings.Contains(report, "PARTIAL") {
			t.Errorf("the report of the plan quick is cut short or does not say %q:\n%s", want, report)
		}
	}
}

// scene is a cluster with requests to both deployments, and what was counted.
type scene struct {
	*cluster
	asked []asked
	rows  []string
}

// asked are the requests to one deployment: from users who come once, each with a connection of its own, and over connections
// that are kept, as those of a gateway are.
type asked struct{ once, kept *trickle.Trickle }

func (s *scene) ask(base, deployment string) {
	s.T.Helper()
	key := "scripts/kubernetes/" + deployment + "/secrets/load_key"
	a := asked{once: s.Trickle(base, key), kept: s.Trickle(base, key)}
	a.once.Reconnect()
	s.T.Cleanup(a.once.Start(s.Ctx)) // before the cluster is removed
	s.T.Cleanup(a.kept.Start(s.Ctx))
	s.asked = append(s.asked, a)
}

// during makes something happen and counts the requests of that time. None may fail later than the given time after it.
func (s *scene) during(event string, failing time.Duration, happen func()) {
	s.T.Helper()
	from := time.Now()
	happen()
	took := time.Since(from)
	time.Sleep(time.Second) // for the answers that are still to come
	cells := []string{event, fmt.Sprintf("%.0f s", took.Seconds())}
	last := from
	for _, a := range s.asked {
		for _, tally := range []trickle.Tally{a.once.Since(from), a.kept.Since(from)} {
			cells = append(cells, fmt.Sprintf("%d/%d", tally.Failed, tally.Sent))
			if tally.Last.After(last) {
				last = tally.Last
			}
			if tally.Failed > 0 {
				s.T.Logf("%s: %v", event, tally.Failures)
			}
		}
	}
	on := map[string]int{}
	pods, _ := s.pods()
	for _, p := range pods {
		on[p.node]++
	}
	s.rows = append(s.rows, strings.Join(append(cells, fmt.Sprintf("%.1f s", last.Sub(from).Seconds()), fmt.Sprintf("%d + %d", on["node1"], on["node2"])), "\t"))
	if failed := last.Sub(from); failed > failing {
		s.T.Errorf("%s: requests failed for %v, want %v at most", event, failed, failing)
	}
}

// one is a replica of the sessions.
func (s *scene) one() pod {
	s.T.Helper()
	pods, _ := s.pods()
	return pods[0]
}

func (s *scene) print() {
	s.Print(append([]string{"failed/sent\ttook\tsessions: once\tkept\ttokens: once\tkept\tlast failed after\treplicas on node1 + 2"}, s.rows...)...)
}

// settle waits until so many replicas of the sessions answer, on both nodes, for two seconds on end, and no other is left.
func (s *scene) settle(n int) {
	s.T.Helper()
	settled := time.Now()
	s.Wait(2*time.Minute, fmt.Sprintf("%d replicas that serve on two nodes", n), func() bool {
		nodes, ready := map[string]bool{}, 0
		pods, ending := s.pods()
		for _, p := range pods {
			if p.ready {
				nodes[p.node] = true
				ready++
			}
		}
		if s.asked[0].once.Lately() != n || len(pods) != n || ending > 0 || ready != n || len(nodes) != 2 {
			settled = time.Now()
		}
		return time.Since(settled) > 2*time.Second
	})
}

// grow has the autoscaler find that the replicas use more CPU than they should: the trickle's is enough.
func (s *scene) grow() {
	s.T.Helper()
	s.session("patch", "hpa", "replicas", "--type=json", "--patch", `[{"op": "replace", "path": "/spec/metrics/0/resource/target/averageUtilization", "value": 1}]`)
	s.settle(8)
}

// update replaces every replica by one of another image.
func (s *scene) update() {
	s.T.Helper()
	s.session("set", "image", "deployment/replicas", "replica="+update)
	s.session("rollout", "status", "deployment/replicas", "--timeout=3m")
	s.settle(4)
	pods, _ := s.pods()
	for _, p := range pods {
		if p.image != update {
			s.T.Errorf("after the update a replica has the image %s", p.image)
		}
	}
}

// evict has two replicas leave their nodes at once, of which the budget lets one.
func (s *scene) evict() {
	s.T.Helper()
	var refused error
	pods, _ := s.pods()
	for _, p := range pods[:2] {
		file := s.dir + "/eviction.json"
		text := fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": %q, "namespace": %q}}`, p.name, sessions)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			s.T.Fatal(err)
		}
		path := "/api/v1/namespaces/" + sessions + "/pods/" + p.name + "/eviction"
		if _, err := s.Execute(s.Ctx, s.at("create", "--raw", path, "-f", file)...); err != nil {
			refused = errors.Join(refused, err)
		}
	}
	if refused == nil || strings.Count(refused.Error(), "disruption budget") != 1 {
		s.T.Errorf("of two evictions the budget must refuse one, and it said %v", refused)
	}
	s.settle(4)
}
