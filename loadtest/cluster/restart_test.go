package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// redisCluster is a cluster with a private Redis behind a relay, on replicas that are fakes.
func redisCluster(t *testing.T) *Cluster {
	t.Helper()
	needs(t, installed("redis-server", "valkey-server") && installed("haproxy"), "redis-server or valkey-server")
	scheme := fakeScheme()
	scheme.Store = true
	return start(t, openLab(t, Config{}), Spec{Name: "lone", Scheme: scheme, Replicas: 1, Relayed: true})
}

func (c *Cluster) says(t *testing.T, want string, command ...string) {
	t.Helper()
	if answer, err := c.AskStore(t.Context(), command...); err != nil || answer != want {
		t.Errorf("%s answers %q, want %q: %v", strings.Join(command, " "), answer, want, err)
	}
}

// TestAStoreStartsAgain: at its old address, with what it saved, and the next time without it.
func TestAStoreStartsAgain(t *testing.T) {
	c := redisCluster(t)
	c.says(t, "OK", "SET", "kept", "yes")
	c.says(t, "OK", "SAVE")
	if err := c.RestartStore(t.Context()); err == nil {
		t.Error("a store that runs was started again")
	}
	for _, keys := range []string{"kept", ""} {
		old := c.Store()
		if err := old.Kill(); err != nil {
			t.Fatal(err)
		}
		within(t, "the store is gone", func() bool { return old.State() == Gone })
		if err := c.RestartStore(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now := c.Store(); now.ID() == old.ID() || now.Addr() != old.Addr() || now.State() != Runs {
			t.Errorf("process %s at %s %s, and was %s at %s", now.ID(), now.Addr(), now.State(), old.ID(), old.Addr())
		}
		if key, _ := c.AskStore(t.Context(), "RANDOMKEY"); key != keys {
			t.Errorf("the store holds %q, want %q", key, keys)
		}
	}
	if took, err := c.StoreRoundTrip(t.Context()); err != nil || took <= 0 {
		t.Errorf("a round trip takes %v: %v", took, err)
	}
}

// TestAReplicaStartsAgain: at its old address, with what is told besides.
func TestAReplicaStartsAgain(t *testing.T) {
	c := start(t, openLab(t, Config{}), Spec{Name: "lone", Replicas: 1})
	old := c.Replica(0)
	if err := c.RestartReplica(t.Context(), 0); err == nil {
		t.Error("a replica that runs was started again")
	}
	old.Quit(t.Context())
	if err := c.RestartReplica(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if now := c.Replica(0); now.ID() == old.ID() || now.Addr() != old.Addr() || now.State() != Runs {
		t.Errorf("process %s at %s %s, and was %s at %s", now.ID(), now.Addr(), now.State(), old.ID(), old.Addr())
	}
	if _, err := c.AskStore(t.Context(), "PING"); !errors.Is(err, ErrNoRedis) {
		t.Errorf("a cluster without a store answers %v", err)
	}
	if err := c.RestartStore(t.Context()); !errors.Is(err, ErrNoRedis) {
		t.Errorf("a cluster without a store starts one again: %v", err)
	}
}

// TestFailOver: the second Redis has all data, takes writes of new connections, and the old one does too until it is
// demoted: then it loses what it alone knew. The next failover leads back.
func TestFailOver(t *testing.T) {
	c := redisCluster(t)
	c.says(t, "OK", "SET", "before", "1")
	for range 2 {
		if err := c.Follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		old := c.Store()
		if err := c.FailOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.Store() == old {
			t.Fatal("the store is the old one")
		}
		c.says(t, "1", "GET", "before")
		if _, err := old.redis().ask(t.Context(), "SET", "late", "1"); err != nil {
			t.Errorf("the old master was not told, and answers %v", err)
		}
		if role, _, err := c.OldMaster(t.Context()); err != nil || role != "role:master" {
			t.Errorf("the old master says %s: %v", role, err)
		}
		if err := c.Demote(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := old.redis().ask(t.Context(), "SET", "late", "1"); err == nil ||
			!strings.Contains(err.Error(), "READONLY") {
			t.Errorf("a demoted master answers a write with %v", err)
		}
		within(t, "the demoted master has lost what it alone knew", func() bool {
			n, err := old.redis().ask(t.Context(), "INFO", "keyspace")
			return err == nil && strings.Contains(n, "keys=1,")
		})
	}
}

// TestRotate: keys are announced behind the one that signs, then sign, and then the old one goes.
func TestRotate(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		scheme := fakeScheme()
		if scheme.Sealed = sealed; !sealed {
			scheme.Alg = "HS256"
		}
		c := start(t, openLab(t, Config{}), Spec{Name: "lone", Scheme: scheme, Replicas: 1})
		keys := func() []string {
			text, err := os.ReadFile(filepath.Join(c.lab.home.Path(), c.keys.name))
			if err != nil {
				t.Fatal(err)
			}
			return strings.Fields(string(text))
		}
		first := keys()
		var rings [][]string
		for _, step := range []Rotation{Announce, Sign, Retire} {
			if err := c.Rotate(step); err != nil {
				t.Fatal(err)
			}
			rings = append(rings, keys())
		}
		if a, s, r := rings[0], rings[1], rings[2]; len(a) != 2 || a[0] != first[0] || a[1] == a[0] || len(s) != 2 ||
			s[0] != a[1] || s[1] != a[0] || len(r) != 1 || r[0] != s[0] {
			t.Errorf("sealed %v: there were %d keys, and then %d, %d, %d, or others", sealed, len(first), len(a), len(s), len(r))
		}
		if err := c.Rotate("turn"); err == nil {
			t.Error("a step that does not exist was taken")
		}
	}
	c := start(t, openLab(t, Config{}), Spec{Name: "lone", Replicas: 1})
	if err := c.Rotate(Announce); !errors.Is(err, ErrNoKey) {
		t.Errorf("a scheme without keys rotates: %v", err)
	}
}
