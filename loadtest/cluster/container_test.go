//go:build docker

package cluster

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/docker"
	"authlab/loadtest/plan"
)

func scheme(t testing.TB, name string) plan.Scheme {
	t.Helper()
	s, err := plan.SchemeNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestContainersServe runs a scheme of each kind in containers: real and embedded parts, each store, each server.
func TestContainersServe(t *testing.T) {
	for name, rows := range map[string][]string{
		"real parts": {
			"control", "session-redis", "session-near", "session-postgres", "session-cookie", "token-push",
			"token-cookie",
		},
		"embedded parts": {"session-redis", "token-hs256"},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLab(t, Config{Platform: containers, Postgres: true, Embedded: name == "embedded parts"})
			for _, row := range rows {
				t.Run(row, func(t *testing.T) {
					s := scheme(t, row)
					if lack, provide := l.Lacks(t.Context(), s); lack != "" {
						t.Fatal(lack, provide)
					}
					c := start(t, l, Spec{Scheme: s, Replicas: 2, Fronts: Over(1, 2), Balance: s.Balance, Users: 10})
					for _, p := range c.Processes() {
						if r, err := p.Read(); err != nil || r.CPU <= 0 || r.Resident <= 0 {
							t.Errorf("%s tells %+v, %v", p, r, err)
						}
					}
					if store := c.Store(); store != nil {
						if n, counted, err := store.Operations(); err != nil || !counted || n == 0 {
							t.Errorf("the store reports %d operations, %v, %v", n, counted, err)
						}
					}
					if err := c.Stop(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			select {
			case d := <-l.Died():
				t.Errorf("a container that was stopped is reported as dead: %+v", d)
			default:
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if left := inEngine(t, l.Nonce()); len(left) > 0 {
				t.Errorf("left in the engine: %v", left)
			}
		})
	}
}

// TestContainersAreHardened: an attacker who takes over a server gains nothing else.
func TestContainersAreHardened(t *testing.T) {
	l := openLab(t, Config{Platform: containers})
	c := start(t, l, Spec{Scheme: scheme(t, "session-redis"), Replicas: 1, Fronts: Over(1)})
	for _, p := range c.Processes() {
		told := engine(t, "inspect", "--format",
			"{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} "+
				"{{.HostConfig.Privileged}} {{len .NetworkSettings.Ports}}", name(p))
		user, rest, _ := strings.Cut(told, " ")
		if strings.HasPrefix(user, "0") || !strings.HasPrefix(rest, "true [ALL] [no-new-privileges] false") {
			t.Errorf("%s runs as %s", p, told)
		}
	}
	internal := engine(t, "network", "inspect", "--format", "{{.Internal}}", claim.Prefix+l.Nonce())
	if internal != "true" {
		t.Errorf("the network leads outside: %s", internal)
	}
}

// TestContainersHaveBudgets holds a container to a budget. It compares what the processes' clocks say that it used with
// what its control group says.
func TestContainersHaveBudgets(t *testing.T) {
	l := openLab(t, Config{Platform: containers})
	c := start(t, l,
		Spec{
			Scheme: scheme(t, "control"), Replicas: 1, Budgets: map[Tier]float64{Replica: 0.1},
			CPUs: map[Tier][]int{Replica: {0}},
		})
	p := c.Replica(0)
	if err := c.Limit(); err != nil {
		t.Fatal(err)
	}
	const limits = "{{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpusetCpus}}"
	if told := engine(t, "inspect", "--format", limits, name(p)); told != "20000 2000 0" {
		t.Errorf("the container's limit is %s, want 20000 2000 0", told)
	}
	before, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for used := before.CPU; used < before.CPU+100*time.Millisecond; {
		for range 20 {
			if _, _, err := ask(t.Context(), c.Direct(0)+"/metrics"); err != nil {
				t.Fatal(err)
			}
		}
		now, err := p.Read()
		if err != nil {
			t.Fatal(err)
		}
		used = now.CPU
	}
	after, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	// It may have rested before, and may overrun by a tick of the scheduler. With a full core instead of a tenth of one,
	// the share would be ten times as large.
	if share := (after.CPU - before.CPU).Seconds() / time.Since(began).Seconds(); share > 0.2 {
		t.Errorf("it used %.2f of a core, its budget is 0.1", share)
	}
	if after.Throttled <= before.Throttled && time.Since(began) > 2*(after.CPU-before.CPU) &&
		after.CPU-before.CPU > time.Second {
		t.Error("nothing kept it from running")
	}
	if confined, err := p.Confined(); err != nil || !confined {
		t.Errorf("it is not in its container's control group: %v", err)
	}
	if told := groupUsage(t, p); told < after.CPU-20*time.Millisecond || told > after.CPU+2*time.Second {
		t.Errorf("its control group used %s, its processes %s", told, after.CPU)
	}
	if err := c.SetBudget(Replica, 0); err != nil {
		t.Fatal(err)
	}
	if told := engine(t, "inspect", "--format", "{{.HostConfig.CpuQuota}}", name(p)); told != "-1" {
		t.Errorf("a budget that was taken away is %s", told)
	}
}

// answers reports whether a replica answers by itself.
func answers(t testing.TB, c *Cluster, i int) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Direct(i)+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := probe.Do(r)
	if err == nil {
		answer.Body.Close()
	}
	return err
}

// TestContainersFail pauses, cuts off and kills replicas, as failing machines would.
func TestContainersFail(t *testing.T) {
	l := openLab(t, Config{Platform: containers})
	c := start(t, l, Spec{Scheme: scheme(t, "token-hs256"), Replicas: 3, Fronts: Over(3)})
	faults := []struct {
		name         string
		break_, mend func(*Process) error
	}{
		{"paused", (*Process).Pause, (*Process).Resume},
		{
			"cut off", func(p *Process) error { return p.CutOff(t.Context()) },
			func(p *Process) error { return p.Reconnect(t.Context()) },
		},
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			if err := f.break_(c.Replica(0)); err != nil {
				t.Fatal(err)
			}
			if err := answers(t, c, 0); err == nil {
				t.Error("it still answers")
			}
			if err := answers(t, c, 1); err != nil {
				t.Errorf("another replica does not answer: %v", err)
			}
			if err := f.mend(c.Replica(0)); err != nil {
				t.Fatal(err)
			}
			within(t, "it answers again, at the same address", func() bool { return answers(t, c, 0) == nil })
		})
	}
	if err := c.Replica(1).Kill(); err != nil {
		t.Fatal(err)
	}
	<-c.Replica(1).done
	select {
	case d := <-l.Died():
		t.Errorf("a replica that was killed on purpose is reported: %+v", d)
	default:
	}
	engine(t, "kill", name(c.Replica(2)))
	if d := <-l.Died(); !strings.HasSuffix(d.Process, "/replica-2") || !strings.Contains(d.State, "137") {
		t.Errorf("it was killed from outside, and the lab says %+v", d)
	}
	if err := c.Replica(0).Pause(); err != nil { // a paused container must also go
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if left := inEngine(t, l.Nonce()); len(left) > 0 {
		t.Errorf("left in the engine: %v", left)
	}
}

// TestAKilledLabTakesItsContainersAlong kills a lab as the kernel would.
func TestAKilledLabTakesItsContainersAlong(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin(t), "a-lab"), bin(t), docker.Name)
	stdin, err := cmd.StdinPipe() // the end of its input must not be what ends the lab
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err = errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	words := strings.Fields(line)
	if len(words) != 5 || !claim.IsNonce(words[0]) {
		cmd.Process.Kill()
		t.Fatalf("the lab says %q, want its nonce and four processes", line)
	}
	if there := inEngine(t, words[0]); len(there) != 5 {
		t.Errorf("four containers and a network are wanted, not %v", there)
	}
	cmd.Process.Kill()
	cmd.Wait()
	within(t, "the engine has nothing of it", func() bool { return len(inEngine(t, words[0])) == 0 })
}

// TestContainersNeedWhatIsMissing: each refusal is one sentence that says what to do.
func TestContainersNeedWhatIsMissing(t *testing.T) {
	machineLock = "@authlab-test-" + claim.NewNonce()
	for name, test := range map[string]struct {
		env    map[string]string
		config Config
		want   string
	}{
		"no command": {
			map[string]string{"PATH": "/nowhere"},
			Config{},
			"its command is not installed: install it, or measure with --platform processes",
		},
		"no engine": {
			map[string]string{"DOCKER_HOST": "unix:///nowhere.sock"},
			Config{},
			"the Docker engine does not answer",
		},
		"own store": {nil, Config{RedisURL: "redis://127.0.0.1:1"}, "unset AUTHLAB_REDIS_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			test.config.Platform = containers
			_, err := Open(t.Context(), test.config)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one sentence with %q", err, test.want)
			}
		})
	}
}
