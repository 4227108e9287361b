package cluster

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

func TestStartRefuses(t *testing.T) {
	l := openLab(t, Config{Embedded: true})
	for name, test := range map[string]struct {
		spec Spec
		want []string
	}{
		"a replica that refuses to start": {
			Spec{Replicas: 1, Scheme: fakeScheme("--fake=refuses")},
			[]string{"a/replica-0 did not start", "it ended before it served", "exit status 2", "the key is too short"},
		},
		"one of several": {
			Spec{Replicas: 3, Scheme: fakeScheme("--fake=refuses-last")},
			[]string{"a/replica-1 did not start", "no room for two"},
		},
		"a server that the lab did not start": {
			Spec{Replicas: 1, Scheme: fakeScheme("--fake=stranger")},
			[]string{"another server answers at http://127.0.0.1:", `calls itself "0123456789abcdef-0"`},
		},
		"a program that does not exist": {
			Spec{Replicas: 1, Scheme: plan.Scheme{Server: "nosuchd"}}, []string{"nosuchd is not in", "run make build"},
		},
		"no replicas": {Spec{Scheme: fakeScheme()}, []string{"at least one replica"}},
		"a front that is too large": {
			Spec{Replicas: 2, Fronts: Over(4), Scheme: fakeScheme()},
			[]string{"a frontend over 4 replicas from index 0"},
		},
		"a budget that is too small": {
			Spec{Replicas: 1, Scheme: fakeScheme(), Budgets: map[Tier]float64{Replica: 0.009}},
			[]string{"0.009 cores is too small", "0.01 or more"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.spec.Name = "a"
			_, err := l.Start(t.Context(), test.spec)
			if err == nil {
				t.Fatal("it started")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
		})
	}
	within(t, "nothing is left of the failed start", func() bool { return len(processes(l.Nonce())) == 0 })
	select {
	case d := <-l.Died():
		t.Errorf("the failed start is reported twice: %v", d)
	default:
	}
}

func TestStartWaitsForReadiness(t *testing.T) {
	l := openLab(t, Config{})
	began := time.Now()
	c := start(t, l, Spec{Replicas: 2, Scheme: fakeScheme("--slow-start=400ms")})
	if took := time.Since(began); took < 800*time.Millisecond {
		t.Errorf("two replicas that need 400 ms each, one after the other, were ready after %s", took)
	}
	if _, _, err := ask(t.Context(), c.Direct(1)+"/readyz"); err != nil {
		t.Error(err)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	l := openLab(t, Config{})
	ctx, cancel := contextWithCause(t, 300*time.Millisecond, errors.New("interrupted"))
	defer cancel()
	began := time.Now()
	_, err := l.Start(ctx, Spec{Name: "a", Replicas: 1, Scheme: fakeScheme("--slow-start=1h")})
	if err == nil || !strings.Contains(err.Error(), "interrupted") || time.Since(began) > unhurried {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if left := processes(l.Nonce()); len(left) > 0 {
		t.Errorf("left running: %v", left)
	}
}

func TestADeathIsNamed(t *testing.T) {
	l := openLab(t, Config{})
	c := start(t, l, Spec{Name: "lone", Replicas: 2})
	http.Get(c.Direct(1) + "/exit?code=3")
	select {
	case d := <-l.Died():
		if d.Process != "lone/replica-1" || d.State != "exit status 3" ||
			!strings.Contains(d.Tail, "something went wrong in the middle") {
			t.Errorf("got %+v", d)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the death was not noticed")
	}
	if _, err := c.Replica(1).Read(); err == nil || !strings.Contains(err.Error(), "lone/replica-1 has ended") {
		t.Errorf("reading a dead process: %v", err)
	}
	if err := c.Replica(0).Kill(); err != nil {
		t.Error(err)
	}
	for range c.Replica(0).output { // until its output ends
	}
	select {
	case d := <-l.Died():
		t.Errorf("a wanted end is reported: %+v", d)
	default:
	}
}

func TestPauseAndResume(t *testing.T) {
	l := openLab(t, Config{})
	c := start(t, l, Spec{Replicas: 1})
	p := c.Replica(0)
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Timeout: 200 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	if _, err := browser.Get(p.Addr() + "/healthz"); err == nil {
		t.Error("a paused replica answers")
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	if a := do(t, client(t), "GET", p.Addr()+"/healthz"); a.StatusCode != 200 {
		t.Error(a.Status)
	}
}

func TestAStubbornProcessIsKilled(t *testing.T) {
	l := openLab(t, Config{})
	c := start(t, l, Spec{Replicas: 2, Scheme: fakeScheme("--fake=stubborn")})
	ctx, cancel := contextWithCause(t, 200*time.Millisecond, nil)
	defer cancel()
	began := time.Now()
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > unhurried || !c.Replica(0).ended() || !c.Replica(1).ended() {
		t.Errorf("after %s it still runs", took)
	}
}

// environmentOf returns the environment and arguments of a fake replica.
func environmentOf(t *testing.T, c *Cluster) (env, args []string) {
	t.Helper()
	var got struct{ Env, Args []string }
	if err := json.Unmarshal([]byte(do(t, client(t), "GET", c.Direct(0)+"/environment").body), &got); err != nil {
		t.Fatal(err)
	}
	return got.Env, got.Args
}

func TestFlagsOfAReplica(t *testing.T) {
	l := openLab(t, Config{Embedded: true})
	scheme := plan.Scheme{
		Name: "token", Server: "tokend", Carrier: plan.ByBearer, Alg: "HS256", Store: true,
		Flags: []string{"--redis={store}", "--access-ttl={plan}"},
	}
	t.Setenv("GOGC", "10") // the user's own settings must not distort the measurement
	c := start(t, l,
		Spec{
			Name: "lone", Scheme: scheme, Replicas: 1, Fronts: Over(1), Users: 7, AccessTTL: 90 * time.Minute,
			CPUs: firstCPU(t), StoreWithin: time.Second,
		})
	env, args := environmentOf(t, c)
	for _, want := range []string{
		"--replica=" + c.Nonce() + "-0", "--listen=127.0.0.1:0", "--load-users=7", "--load-key-file=" + l.LoadKeyFile(),
		"--access-ttl=1h30m0s", "--redis=" + c.storeURL, "--redis-timeout=1s", "--trusted-proxies=127.0.0.1/32",
		"--key-file=" + l.home.File("lone-token.key"),
		"--database=sqlite:" + l.home.File("lone.db"), "--redis-password-file=" + l.home.File("lone-store.password"),
	} {
		if !slices.Contains(args, want) {
			t.Errorf("%s is not among the flags %q", want, args)
		}
	}
	if len(c.password) < 32 || strings.Contains(strings.Join(args, " "), c.password) {
		t.Errorf("the store's password %q is on the command line, or is empty", c.password)
	}
	if !slices.Contains(env, "GOMAXPROCS=1") || slices.Contains(env, "GOGC=10") {
		t.Errorf("the environment is %q", env)
	}
}

func firstCPU(t *testing.T) map[Tier][]int {
	t.Helper()
	cpus, err := CPUs()
	if err != nil || len(cpus) == 0 {
		t.Fatal(cpus, err)
	}
	return map[Tier][]int{Replica: cpus[:1]}
}

func TestStoreAnswers(t *testing.T) {
	for _, which := range []string{"real", "stored"} {
		t.Run(which, func(t *testing.T) {
			if which == "real" {
				needs(t, installed("redis-server", "valkey-server") && installed("haproxy"), "redis-server or valkey-server")
			}
			l := openLab(t, Config{Embedded: which == "stored"})
			scheme := fakeScheme()
			scheme.Store = true
			c := start(t, l, Spec{Name: "lone", Scheme: scheme, Replicas: 1})
			addr := c.Store().Addr()
			if c.storeURL != "redis://"+addr || len(c.password) < 32 {
				t.Errorf("the store at %s has the URL %s", addr, c.storeURL)
			}
			if err := (redisAt{addr: addr, password: c.password}).ping(t.Context()); err != nil {
				t.Error(err)
			}
			if err := (redisAt{addr: addr, password: "wrong"}).ping(t.Context()); err == nil {
				t.Error("the store accepts any password")
			}
			if err := (redisAt{addr: addr}).ping(t.Context()); err == nil {
				t.Error("the store accepts no password")
			}
			if r, err := c.Store().Read(); err != nil || r.CPU <= 0 || r.Resident <= 0 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}
