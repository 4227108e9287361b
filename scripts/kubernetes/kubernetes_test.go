//go:build docker

// Package kubernetes_test applies the manifests to a Kubernetes cluster of two nodes on this machine and sees that
// requests survive scaling, updates, and the loss of Pods, and that the bench runs in it.
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
	limit    = 20 * time.Minute // for all but what is built; it takes about seven
	sessions = "authlab-session"
	tokens   = "authlab-token"
	node     = "http://192.168.178.11"
)

// Requests may fail for this long after a replica was killed: the kubelet's and the other node's time to notice.
const noticed = 3 * time.Second

func TestRequestsSurviveWhatHappensToPods(t *testing.T) {
	o := deploy.New(t, limit)

	s := &scene{cluster: up(o)}
	sessionKey, tokenKey := "scripts/kubernetes/session/secrets/load_key", "scripts/kubernetes/token/secrets/load_key"
	// Users come once, each with a connection of its own, or over connections that are kept, as those of a gateway are.
	s.once = s.Trickle(node+":30080", sessionKey)
	s.once.Reconnect()
	tokensOnce := s.Trickle(node+":30081", tokenKey)
	tokensOnce.Reconnect()
	s.watch = s.Watch(s.spread,
		deploy.Stream{Name: "sessions: once", Trickle: s.once},
		deploy.Stream{Name: "kept", Trickle: s.Trickle(node+":30080", sessionKey)},
		deploy.Stream{Name: "tokens: once", Trickle: tokensOnce},
		deploy.Stream{Name: "kept", Trickle: s.Trickle(node+":30081", tokenKey)})
	s.restricted()
	s.watch.Span("the replicas come up", 0, func() { s.settle(2) }) // what fails until then is no loss

	s.watch.During("nothing, for 10 s", 0, func() { time.Sleep(10 * time.Second) })
	s.watch.During("autoscaler 2 to 8, by their CPU", 0, s.grow)
	s.watch.During("8 to 2", 0, func() { s.bounds("2", "2"); s.settle(2) })
	s.watch.During("2 to 4", 0, func() { s.bounds("4", "4"); s.settle(4) })
	s.watch.During("rolling update", 0, s.update)
	s.watch.During("Pod deleted", 0, func() { s.session("delete", "pod", s.one().name); s.settle(4) })
	s.watch.During("Pod evicted", 0, s.evict)
	s.watch.During("container killed", noticed, func() { s.kill(s.one()); time.Sleep(noticed); s.settle(4) })
	s.withoutAccounts()
	s.watch.During("with the accounts again, for 10 s", 0, func() { time.Sleep(10 * time.Second) })

	// The benches take all the CPU that there is: what fails meanwhile is counted, and is no fault of the manifests.
	s.watch.Span("bench of the deployment", 0, func() {
		s.benches("bench", "closed loop, 8 connections", "a request took its 4 replicas", "and the store")
	})
	// What it compares is honest about a machine whose cores a whole cluster shares: it leaves out slices that were
	// disturbed.
	s.watch.Span("bench of its own servers", 0, func() {
		s.benches("bench-quick", "session-redis", "token-hs256", "## How it is measured")
	})
}

// scene is a cluster with requests to both deployments.
type scene struct {
	*cluster
	once  *trickle.Trickle // to the sessions
	watch *deploy.Watch
}

// spread is how many replicas of the sessions each node has.
func (s *scene) spread() string {
	on := map[string]int{}
	pods, _ := s.pods()
	for _, p := range pods {
		on[p.node]++
	}
	return fmt.Sprintf("%d + %d on node1 + 2", on["node1"], on["node2"])
}

// withoutAccounts has both deployments lose their accounts for as long as it takes to start them again. No user can log
// in meanwhile, and who is logged in does not notice: /v1/me asks no account.
func (s *scene) withoutAccounts() {
	s.T.Helper()
	span := s.watch.Span("both accounts-0 deleted", 0, func() {
		for _, namespace := range []string{sessions, tokens} {
			s.kubectl("-n", namespace, "delete", "pod", "accounts-0")
		}
		for _, namespace := range []string{sessions, tokens} {
			s.kubectl("-n", namespace, "rollout", "status", "statefulset/accounts", "--timeout=2m")
		}
		s.Settle(time.Minute, "logins to succeed again", s.watch.Well)
	})
	for _, t := range span.Tallies {
		if t.Failed > t.FailedLogins {
			s.T.Errorf("without the accounts %d requests of users who were logged in failed: %v", t.Failed-t.FailedLogins,
				t.Failures)
		}
	}
	if span.Failed == 0 {
		s.T.Error("no login failed without the accounts: that no other request did proves nothing")
	}
}

// one is a replica of the sessions.
func (s *scene) one() pod {
	s.T.Helper()
	pods, _ := s.pods()
	return pods[0]
}

// settle waits until that many replicas of the sessions answer, on both nodes, and no other is left.
func (s *scene) settle(n int) {
	s.T.Helper()
	s.Settle(2*time.Minute, fmt.Sprintf("%d replicas that serve on two nodes", n), func() bool {
		nodes, ready := map[string]bool{}, 0
		pods, ending := s.pods()
		for _, p := range pods {
			if p.ready {
				nodes[p.node] = true
				ready++
			}
		}
		return len(s.once.Lately().Replicas) == n && len(pods) == n && ending == 0 && ready == n && len(nodes) == 2
	})
}

// grow has the autoscaler find that the replicas use more CPU than they should: the trickle's is enough.
func (s *scene) grow() {
	s.T.Helper()
	s.session("patch", "hpa", "replicas", "--type=json", "--patch",
		`[{"op": "replace", "path": "/spec/metrics/0/resource/target/averageUtilization", "value": 1}]`)
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

// evict has two replicas leave their nodes at once; the budget lets only one.
func (s *scene) evict() {
	s.T.Helper()
	var refused error
	pods, _ := s.pods()
	for _, p := range pods[:2] {
		file := s.dir + "/eviction.json"
		text := fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": %q, "namespace": %q}}`,
			p.name, sessions)
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
