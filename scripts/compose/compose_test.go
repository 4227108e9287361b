//go:build docker

// Package compose_test deploys what docker-compose.yml describes and sees that requests survive what happens to replicas.
package compose_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/scripts/trickle"
)

// What is tested takes two minutes. The images come on top of it when they have to be built.
const (
	buildLimit = 10 * time.Minute
	limit      = 6 * time.Minute
)

// Requests may fail for this long after a replica was lost without warning: the balancer's interval, and the time that
// Redis has to answer.
const noticed = 2 * time.Second

func TestRequestsSurviveWhatHappensToReplicas(t *testing.T) {
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM) // so that Ctrl-C removes everything, too
	defer stop()
	context.AfterFunc(ctx, stop)
	build(ctx, t)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errors.New("it took too long"))
	defer cancel()

	d := start(ctx, t)
	s := &scene{deployment: d, session: d.trickle("8080"), token: d.trickle("8081")}
	defer s.print()
	d.Wait(time.Minute, "all containers to be healthy", func() bool {
		return !slices.ContainsFunc(d.all(), func(c container) bool { return c.State.Health.Status != "healthy" })
	})
	s.hardened()
	s.showsReports()
	t.Cleanup(s.session.Start(ctx)) // before the deployment is removed
	t.Cleanup(s.token.Start(ctx))
	s.serving("nothing happens", 2, 0, func() {})
	s.serving("scale session to 8", 8, 0, func() { d.up("--no-recreate", "--scale", "session=8") })
	before := d.tried()
	s.serving("scale session to 2", 2, 0, func() { d.up("--no-recreate", "--scale", "session=2") })
	if again := d.tried() - before; again > 0 {
		t.Errorf("scaling down, the balancer tried %d requests again: the replicas ended before they had left rotation", again)
	}

	one := d.containers("session")[0]
	s.serving("kill a replica", 1, noticed, func() { d.Run("docker", "kill", "--signal", "KILL", one) })
	s.serving("start it again", 2, 0, func() { d.Run("docker", "start", one) })

	redis := d.project + "_redis"
	s.serving("cut it off from Redis", 1, noticed, func() { d.Run("docker", "network", "disconnect", redis, one) })
	if _, err := d.Execute(ctx, "docker", "exec", one, "/sessiond", "--healthcheck", "--listen=0.0.0.0:8080"); err == nil ||
		!strings.Contains(err.Error(), "not ready: 127.0.0.1:8080 answers 503") {
		t.Errorf("of a replica that is cut off from Redis the health check says %v", err)
	}
	s.serving("connect it again", 2, 0, func() { d.Run("docker", "network", "connect", redis, one) })
	s.withoutDrain()
}

// withoutDrain sees that it is the drain that spares the balancer's second tries: where replicas end at once, there are some. No request
// fails even so, because the balancer may repeat one whose connection was refused; a balancer that may not would lose it. Whether a
// request comes in the moment between a replica's end and the balancer's next look at it is chance, so that it is tried a few times,
// among more requests.
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
			replicas, from := map[string]bool{}, time.Now().Add(-time.Second)
			for _, tr := range asking {
				maps.Copy(replicas, tr.Since(from).Replicas)
			}
			return len(replicas) == n
		}
	}
	again, rounds := 0, 0
	for ; again == 0 && rounds < 5; rounds++ {
		d.up("--no-build", "--no-deps", "--scale", "session=8", "session")
		s.Wait(time.Minute, "8 replicas without a drain", answering(8))
		before := s.tried()
		d.up("--no-recreate", "--no-deps", "--scale", "session=2", "session")
		s.Wait(30*time.Second, "2 replicas without a drain", answering(2))
		again = s.tried() - before
	}
	s.rows = append(s.rows, fmt.Sprintf("scale session to 2, without a drain\t2\t\t\t\t\t\t(tried again: %d, in round %d)", again, rounds))
	if again == 0 {
		s.T.Error("without a drain no request was tried again: that there are none with it proves nothing")
	}
}

// trickle asks through the balancer.
func (d *deployment) trickle(port string) *trickle.Trickle {
	d.T.Helper()
	return d.Trickle(d.base("balancer", port), "scripts/compose/secrets/load_key")
}

// scene is a deployment with requests to both schemes, and what was counted.
type scene struct {
	*deployment
	session, token *trickle.Trickle
	rows           []string
}

// serving makes something happen and waits until the session frontend has the given number of replicas, for a second on end.
// Requests to it may fail for the given time at most; those to the tokens, to which nothing happens, may not at all.
func (s *scene) serving(event string, replicas int, failing time.Duration, happen func()) {
	s.T.Helper()
	from := time.Now()
	happen()
	settled := time.Now()
	s.Wait(30*time.Second, fmt.Sprintf("%d replicas that serve, to %s", replicas, event), func() bool {
		n := s.session.Lately()
		if n != replicas {
			settled = time.Now()
		}
		return time.Since(settled) > time.Second
	})
	session, token := s.session.Since(from), s.token.Since(from)
	failed := time.Duration(0)
	if session.Failed > 0 {
		failed = session.Last.Sub(from)
	}
	s.rows = append(s.rows, strings.Join([]string{
		event, strconv.Itoa(replicas), strconv.Itoa(session.Sent), strconv.Itoa(session.Failed),
		fmt.Sprintf("%.1f s", failed.Seconds()), strconv.Itoa(token.Sent), strconv.Itoa(token.Failed),
	}, "\t"))
	if failed > failing {
		s.T.Errorf("%s: requests failed for %v, want %v at most: %v", event, failed, failing, session.Failures)
	}
	if token.Failed > 0 {
		s.T.Errorf("%s: of the tokens' requests failed: %v", event, token.Failures)
	}
}

func (s *scene) print() {
	s.Print(append([]string{"what happens\treplicas\tto sessions\tfailed\tlast after\tto tokens\tfailed"}, s.rows...)...)
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

// hardened sees that every container is kept as small as docker-compose.yml says, and that only the
// balancer and the reports can be reached, from loopback.
func (s *scene) hardened() {
	s.T.Helper()
	for _, c := range s.all() {
		h := c.HostConfig
		if c.Config.User == "" || strings.HasPrefix(c.Config.User, "0") || h.Privileged || !h.ReadonlyRootfs || h.Memory == 0 ||
			!slices.Contains(h.CapDrop, "ALL") || !slices.Contains(h.SecurityOpt, "no-new-privileges:true") {
			s.T.Errorf("%s may do more than it needs: user %q, %+v", c.Name, c.Config.User, h)
		}
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
