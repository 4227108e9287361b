package cluster

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/plan"
)

// TestTheServersThemselves starts every scheme's real servers, whose flags and first line this package relies on.
func TestTheServersThemselves(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the servers")
	}
	folder := realServers(t)
	for _, embedded := range []bool{false, true} {
		name := map[bool]string{false: "real parts", true: "embedded parts"}[embedded]
		t.Run(name, func(t *testing.T) {
			if !embedded {
				needs(t, installed("haproxy") && installed("redis-server", "valkey-server") && postgresInstalled(),
					"haproxy, postgresql, and redis-server or valkey-server")
			}
			l := openLab(t, Config{BinDir: folder, Embedded: embedded, Postgres: !embedded})
			rotated, err := plan.SchemeNamed("token-eddsa-rotated")
			if err != nil {
				t.Fatal(err)
			}
			for _, scheme := range append(slices.Clone(plan.Schemes), rotated) {
				t.Run(scheme.Name, func(t *testing.T) {
					if lack, _ := l.Lacks(t.Context(), scheme); lack != "" {
						if !embedded && os.Getenv("CI") == "true" {
							t.Fatal(lack)
						}
						t.Skip(lack)
					}
					began := time.Now()
					c := start(t, l, Spec{
						Name: scheme.Name, Scheme: scheme, Replicas: 3, Fronts: Over(1, 3), Balance: scheme.Balance, Users: 200,
						AccessTTL: time.Hour, CPUs: firstCPU(t),
					})
					t.Logf("up after %s", time.Since(began))
					if (c.Store() != nil) != scheme.Store {
						t.Errorf("store: %v", c.Store())
					}
					want := http.StatusUnauthorized
					header := []string{"Accept", "application/json"}
					if scheme.Carrier == plan.ByName {
						want, header = http.StatusOK, []string{"Authlab-User", "1;somebody;user"}
					}
					for _, base := range []string{c.Direct(2), c.Front(Front{Size: 1}), c.Front(Front{Size: 3})} {
						a := do(t, client(t), "GET", base+"/v1/me", header...)
						if a.StatusCode != want || !strings.HasPrefix(a.Header.Get("X-Replica"), c.Nonce()+"-") {
							t.Errorf("%s answers %s from %q", base, a.Status, a.Header.Get("X-Replica"))
						}
					}
					if scheme.OldKeys > 0 {
						_, keys, err := ask(t.Context(), c.Direct(0)+"/.well-known/jwks.json")
						if n := strings.Count(string(keys), `"kid"`); err != nil || n != 1+scheme.OldKeys {
							t.Errorf("%d keys are published, want %d: %v", n, 1+scheme.OldKeys, err)
						}
					}
					began = time.Now()
					if err := c.Stop(t.Context()); err != nil {
						t.Error(err)
					}
					if took := time.Since(began); took > 8*time.Second { // a stop that is cut short takes 10 s
						t.Errorf("stopping took %s", took)
					}
					for _, p := range c.Processes() {
						if p.tier != Balancer && p.state != "exit status 0" {
							t.Errorf("%s ended with %s:\n%s", p, p.state, tail(p.log))
						}
					}
				})
			}
		})
	}
}
