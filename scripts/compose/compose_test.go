//go:build docker

// Package compose_test deploys what docker-compose.yml describes and sees that requests survive what happens to
// replicas.
package compose_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"authlab/scripts/deploy"
	"authlab/scripts/trickle"
)

const limit = 6 * time.Minute // for all but the images; it takes one to two

// Requests may fail for this long after a replica was lost without warning: the balancer's interval, and the time that
// Redis has to answer.
const noticed = 2 * time.Second

func TestRequestsSurviveWhatHappensToReplicas(t *testing.T) {
	d := start(deploy.New(t, limit))
	s := &scene{deployment: d, session: d.trickle("8080")}
	d.Wait(time.Minute, "all containers to be healthy", func() bool {
		return !slices.ContainsFunc(d.all(), func(c deploy.Container) bool { return c.State.Health.Status != "healthy" })
	})
	s.hardened()
	s.showsReports()
	s.watch = d.Watch(func() string { return strconv.Itoa(len(s.session.Lately().Replicas)) },
		deploy.Stream{Name: "sessions", Trickle: s.session}, deploy.Stream{Name: "tokens", Trickle: d.trickle("8081")})
	s.serving("nothing happens", 2, 0, func() {})
	s.serving("scale session to 8", 8, 0, func() { d.up("--no-recreate", "--scale", "session=8") })
	before := d.tried()
	s.serving("scale session to 2", 2, 0, func() { d.up("--no-recreate", "--scale", "session=2") })
	if again := d.tried() - before; again > 0 {
		t.Errorf("scaling down, the balancer tried %d requests again: the replicas ended before they had left rotation",
			again)
	}

	one := d.containers("session")[0]
	s.serving("kill a replica", 1, noticed, func() { d.Run("docker", "kill", "--signal", "KILL", one) })
	s.serving("start it again", 2, 0, func() { d.Run("docker", "start", one) })

	redis := d.project + "_redis"
	s.serving("cut it off from Redis", 1, noticed, func() { d.Run("docker", "network", "disconnect", redis, one) })
	if _, err := d.Execute(d.Ctx, "docker", "exec", one, "/sessiond", "--healthcheck",
		"--listen=0.0.0.0:8080"); err == nil ||
		!strings.Contains(err.Error(), "not ready: 127.0.0.1:8080 answers 503") {
		t.Errorf("of a replica that is cut off from Redis the health check says %v", err)
	}
	s.serving("connect it again", 2, 0, func() { d.Run("docker", "network", "connect", redis, one) })
	s.withoutDrain()
}

// withoutDrain sees that it is the drain that spares the balancer's second tries: where replicas end at once, there are
// some. Whether a request comes in the moment between a replica's end and the balancer's next look at it is chance, so
// that it is tried a few times, among more requests. Requests may fail then: what is replaced is so all at once, and a
// request that had reached a replica that ends is not repeated.
func (s *scene) withoutDrain() {
	s.T.Helper()
	d := s.mutant("--drain=3s", "--drain=0s")
	asking := []*trickle.Trickle{s.session}
	for range 3 {
		more := s.trickle("8080")
		s.T.Cleanup(more.Start(s.Ctx))
		asking = append(asking, more)
	}
	// Four that ask in step meet two of eight replicas each, when these take turns.
	answering := func(n int) func() bool {
		return func() bool {
			replicas := map[string]bool{}
			for _, tr := range asking {
				maps.Copy(replicas, tr.Lately().Replicas)
			}
			return len(replicas) == n
		}
	}
	again, rounds := 0, 0
	for ; again == 0 && rounds < 5; rounds++ {
		s.watch.Span("8 replicas without a drain instead", 0, func() {
			d.up("--no-build", "--no-deps", "--scale", "session=8", "session")
			s.Settle(time.Minute, "8 replicas without a drain", answering(8))
		})
		before := s.tried()
		s.watch.Span("scale session to 2 without a drain", 0, func() {
			d.up("--no-recreate", "--no-deps", "--scale", "session=2", "session")
			s.Settle(30*time.Second, "2 replicas without a drain", answering(2))
		})
		again = s.tried() - before
	}
	s.T.Logf("without a drain the balancer tried %d requests again, in round %d", again, rounds)
	if again == 0 {
		s.T.Error("without a drain no request was tried again: that there are none with it proves nothing")
	}
}

// trickle asks through the balancer.
func (d *deployment) trickle(port string) *trickle.Trickle {
	d.T.Helper()
	return d.Trickle(d.base("balancer", port), "scripts/compose/secrets/load_key")
}

// scene is a deployment with requests to both schemes.
type scene struct {
	*deployment
	session *trickle.Trickle
	watch   *deploy.Watch
}

// serving makes something happen and waits until the session frontend has the given number of replicas. Requests to it
// may fail for the given time at most; those to the tokens, to which nothing happens, may not at all.
func (s *scene) serving(event string, replicas int, failing time.Duration, happen func()) {
	s.T.Helper()
	span := s.watch.During(event, failing, func() {
		happen()
		s.Settle(30*time.Second, fmt.Sprintf("%d replicas that serve, to %s", replicas, event), func() bool {
			return len(s.session.Lately().Replicas) == replicas
		})
	})
	if tokens := span.Tallies[1]; tokens.Failed > 0 {
		s.T.Errorf("%s: of the tokens' requests failed: %v", event, tokens.Failures)
	}
}

// showsReports sees that the folder of results can be read.
func (s *scene) showsReports() {
	s.T.Helper()
	response, err := http.Get(s.base("report", "8090") + "/")
	if err != nil {
		s.T.Error(err)
		return
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		s.T.Errorf("the reports answer %s", response.Status)
	}
}

// hardened sees that every container is kept as small as docker-compose.yml says, and that only the balancer and the
// reports can be reached, from loopback.
func (s *scene) hardened() {
	s.T.Helper()
	for _, c := range s.all() {
		s.Hardened(c)
		for port, bindings := range c.NetworkSettings.Ports {
			for _, b := range bindings {
				if !strings.Contains(c.Name, "balancer") && !strings.Contains(c.Name, "report") || b.HostIP != "127.0.0.1" {
					s.T.Errorf("%s publishes %s at %s:%s", c.Name, port, b.HostIP, b.HostPort)
				}
			}
		}
	}
	for _, network := range []string{"replicas", "redis", "accounts"} {
		if s.Run("docker", "network", "inspect", "--format={{.Internal}}", s.project+"_"+network) != "true" {
			s.T.Errorf("the network %s leads outside", network)
		}
	}
}
