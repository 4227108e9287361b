package cluster

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// foreign is a server that the lab does not run, with one replica for each of its names.
type foreign struct {
	names   []string
	asked   atomic.Uint64
	metrics string
	status  int // of GET /v1/me without a credential
}

func (f *foreign) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(f.names) > 0 {
		w.Header().Set("X-Replica", f.names[f.asked.Add(1)%uint64(len(f.names))])
	}
	switch {
	case r.URL.Path != "/metrics":
		w.WriteHeader(f.status)
	case f.metrics == "":
		w.WriteHeader(http.StatusNotFound)
	default:
		fmt.Fprint(w, f.metrics)
	}
}

func serves(t *testing.T, f *foreign) string {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

const toldMetrics = `# HELP authlab_cpu_seconds_total CPU time
authlab_cpu_seconds_total 1.5
process_cpu_seconds_total 1.49
authlab_requests_total{code="200",route="/v1/me"} 40
authlab_requests_total{code="401",route="/v1/me"} 2
authlab_requests_total{code="200",route="/readyz"} 9
`

func TestATargetIsWhatItTells(t *testing.T) {
	front := serves(t, &foreign{names: []string{"b", "a", "c"}, status: 401})
	direct := []string{
		serves(t, &foreign{names: []string{"a"}, status: 401, metrics: toldMetrics}),
		serves(t, &foreign{
			names: []string{"b"}, status: 401,
			metrics: strings.ReplaceAll(toldMetrics, "authlab_cpu_seconds", "other"),
		}),
		serves(t, &foreign{names: []string{"c"}, status: 401, metrics: toldMetrics}),
	}
	whole, err := OpenTarget(t.Context(), TargetConfig{URL: front, Replicas: direct})
	if err != nil {
		t.Fatal(err)
	}
	if got := whole.Names(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("the replicas are %q", got)
	}
	if got := whole.Direct(); !slices.Equal(got, direct) {
		t.Errorf("they are reached at %v, want %v", got, direct)
	}
	if len(whole.Replicas()) != 3 || !whole.Ticks() {
		t.Errorf("%d are metered, one of them in ticks: %v", len(whole.Replicas()), whole.Ticks())
	}
	first := whole.Replicas()[0]
	read, err := first.Read()
	if n, counted, _ := first.Operations(); err != nil || first.Name() != "replica-0" ||
		read.CPU != 1500*time.Millisecond || n != 42 || !counted {
		t.Errorf("%s used %v for %d requests (%v): %v", first.Name(), read.CPU, n, counted, err)
	}

	part, err := OpenTarget(t.Context(), TargetConfig{URL: front, Replicas: direct[:2]})
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(part.Unknown(), "\n"); part.Replicas() != nil ||
		!strings.Contains(said, "of 1 of 3 replicas no /metrics") || !strings.Contains(said, "What the store does") {
		t.Errorf("%d of three are metered, and not known is:\n%s", len(part.Replicas()), said)
	}

	nameless, err := OpenTarget(t.Context(), TargetConfig{URL: serves(t, &foreign{status: 401})})
	if err != nil || len(nameless.Names()) != 1 ||
		!strings.Contains(strings.Join(nameless.Unknown(), "\n"), "How many replicas there are") {
		t.Errorf("a target whose answers name no replica: %v", err)
	}
}

func TestAReplicaThatWasStartedAnewIsNoticed(t *testing.T) {
	f := &foreign{names: []string{"a"}, status: 401, metrics: toldMetrics}
	target, err := OpenTarget(t.Context(), TargetConfig{URL: serves(t, f)})
	if err != nil {
		t.Fatal(err)
	}
	f.names = []string{"z"}
	if _, err := target.Replicas()[0].Read(); err == nil ||
		!strings.Contains(err.Error(), `there is now the replica "z", and it was "a"`) {
		t.Errorf("got %v", err)
	}
}

func TestTargetsThatCannotBe(t *testing.T) {
	good := serves(t, &foreign{names: []string{"a"}, status: 401})
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, test := range []struct {
		name string
		c    TargetConfig
		want string
	}{
		{"dead", TargetConfig{URL: gone.URL}, "nothing answers at " + gone.URL + " (dial tcp "},
		{
			"another owner's",
			TargetConfig{URL: "http://192.0.2.1:80"},
			"192.0.2.1 (192.0.2.1) is neither loopback nor a private network of this machine's own containers",
		},
		{"replicas elsewhere", TargetConfig{URL: good, Replicas: []string{"http://192.0.2.1:80"}}, "--i-own-this-target"},
		{"store elsewhere", TargetConfig{URL: good, Store: "redis://192.0.2.1:6379"}, "--i-own-this-target"},
		{"no URL", TargetConfig{URL: "localhost:8080"}, "--target is of the form http://host:port"},
		{"a password", TargetConfig{URL: "http://me:secret@localhost:8080"}, "--target is of the form http://host:port"},
		{
			"not this API",
			TargetConfig{URL: serves(t, &foreign{names: []string{"a"}, status: 404})},
			"is not a server of this API: GET /v1/me without a credential is answered 404 there, not 401",
		},
		{
			"lets every user in",
			TargetConfig{URL: serves(t, &foreign{names: []string{"a"}, status: 200})},
			"is answered 200 there, not 401",
		},
		{
			"a long name",
			TargetConfig{URL: serves(t, &foreign{names: []string{strings.Repeat("x", 201)}, status: 401})},
			"of 201 bytes in X-Replica: give it a name of 200 at most",
		},
		{"not ready", TargetConfig{URL: serves(t, &foreign{status: 503})}, "answers 503: wait until it is ready"},
		{
			"another's replica",
			TargetConfig{URL: good, Replicas: []string{serves(t, &foreign{names: []string{"b"}, status: 401})}},
			`"b" answers there, and never at ` + good,
		},
		{
			"dead store",
			TargetConfig{URL: good, Store: "redis://" + strings.TrimPrefix(gone.URL, "http://")},
			"does not answer",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := OpenTarget(t.Context(), test.c)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") ||
				strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want one sentence with %q", err, test.want)
			}
		})
	}
}

// A bridge belongs to containers alone only if no hardware is attached to it.
func TestNetworksOfContainersAreThisMachinesOwn(t *testing.T) {
	sys := t.TempDir()
	for _, path := range []string{
		"docker0/bridge", "docker0/brif/veth1", "veth1",
		"br0/bridge", "br0/brif/eth0", "eth0/device",
		"lxc0/bridge", "lxc0/brif",
	} {
		if err := os.MkdirAll(filepath.Join(sys, path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	networks := bridgeNetworks(sys, map[string][]netip.Prefix{
		"docker0": {netip.MustParsePrefix("172.17.0.0/16")}, "br0": {netip.MustParsePrefix("192.168.1.0/24")},
		"eth0": {netip.MustParsePrefix("10.0.0.0/8")}, "lxc0": {netip.MustParsePrefix("198.51.100.0/24")},
	})
	for addr, own := range map[string]bool{
		"127.0.0.1": true, "::1": true, "172.17.0.5": true, // a container
		"192.168.1.7":  false, // through a bridge with hardware
		"10.1.2.3":     false, // through hardware
		"198.51.100.4": false, // not a private address
		"172.18.0.2":   false, // of an unknown network
	} {
		if got := isOwn(netip.MustParseAddr(addr), networks); got != own {
			t.Errorf("%s is own: %v, want %v", addr, got, own)
		}
	}
}

func TestTheClockOfAReplica(t *testing.T) {
	target, err := OpenTarget(t.Context(), TargetConfig{URL: serves(t, &foreign{names: []string{"b", "a"}, status: 401})})
	if err != nil {
		t.Fatal(err)
	}
	c, err := target.Clock(t.Context())
	if err != nil || c.Of != "a" || c.Ahead.Abs() > c.Within {
		t.Errorf("this machine's clock is ahead of its own by %v ± %v, by the replica %q: %v", c.Ahead, c.Within, c.Of, err)
	}
}
