package cluster

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/process"
	"authlab/loadtest/plan"
	"authlab/scripts/prebuilt"
)

// The test binary also plays the programs of a lab: its name decides which.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case "controld", "sessiond", "tokend":
		os.Exit(fakeServer(os.Args[1:]))
	case "a-lab":
		os.Exit(shortLivedLab(os.Args[1], os.Args[2:]))
	}
	code := m.Run()
	os.RemoveAll(builtOnce.folder)
	os.RemoveAll(realOnce.folder)
	os.Exit(code)
}

// needs skips a test whose program or permission is missing, and fails it where everything must be present. With -short
// no test uses real parts.
func needs(t *testing.T, there bool, what string) {
	t.Helper()
	switch {
	case testing.Short():
		t.Skip("skipped with -short, because it uses " + what)
	case there:
	case os.Getenv("CI") == "true":
		t.Fatal("missing here, where everything must be present: " + what)
	default:
		t.Skip("missing: " + what)
	}
}

func installed(names ...string) bool {
	for _, name := range names {
		for _, path := range []string{name, filepath.Join("/usr/sbin", name)} { // where Debian keeps daemons
			if _, err := exec.LookPath(path); err == nil {
				return true
			}
		}
	}
	return false
}

var builtOnce struct {
	sync.Once
	folder string
	err    error
}

// bin is a folder with the test binary under each server's name, and the real embedded parts.
func bin(t testing.TB) string {
	t.Helper()
	builtOnce.Do(func() {
		b := &builtOnce
		if b.folder, b.err = os.MkdirTemp("", "bin-"); b.err != nil {
			return
		}
		self, err := os.Executable()
		for _, name := range []string{"controld", "sessiond", "tokend", "a-lab"} {
			if err == nil {
				err = os.Symlink(self, filepath.Join(b.folder, name))
			}
		}
		if b.err = err; err != nil {
			return
		}
		b.err = prebuilt.Programs(b.folder, "authlab/servers/balancerd", "authlab/servers/stored")
	})
	if builtOnce.err != nil {
		t.Fatal(builtOnce.err)
	}
	return builtOnce.folder
}

// realOnce is a folder with all real servers.
var realOnce struct {
	sync.Once
	folder string
	err    error
}

// realServers is a folder with the real servers. They are built once for all tests.
func realServers(t testing.TB) string {
	t.Helper()
	realOnce.Do(func() {
		r := &realOnce
		if r.folder, r.err = os.MkdirTemp("", "real-"); r.err != nil {
			return
		}
		var servers []string
		for _, server := range []string{"controld", "sessiond", "tokend", "balancerd", "stored"} {
			servers = append(servers, "authlab/servers/"+server)
		}
		r.err = prebuilt.Programs(r.folder, servers...)
	})
	if realOnce.err != nil {
		t.Fatal(realOnce.err)
	}
	return realOnce.folder
}

func openLab(t testing.TB, c Config) *Lab {
	t.Helper()
	if c.Platform == nil {
		c.Platform = process.Platform{}
	}
	if c.BinDir == "" {
		c.BinDir = bin(t)
	}
	if !installed("haproxy") || !installed("redis-server", "valkey-server") {
		c.Embedded = true
	}
	// Not the machine's own lock: other tests and a bench may run at the same time.
	machineLock = "@authlab-test-" + claim.NewNonce()
	l, err := Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("closing the lab: %v", err)
		}
	})
	return l
}

func fakeScheme(flags ...string) plan.Scheme {
	return plan.Scheme{Name: "fake", Server: "controld", Flags: flags, Carrier: plan.ByName}
}

func start(t testing.TB, l *Lab, s Spec) *Cluster {
	t.Helper()
	if s.Name == "" {
		s.Name = strings.ReplaceAll(t.Name(), "/", "-")
	}
	if s.Scheme.Server == "" {
		s.Scheme = fakeScheme()
	}
	c, err := l.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Stop(context.Background()) })
	return c
}

// unhurried is how long a busy machine may take for what an idle one does at once.
const unhurried = 30 * time.Second

// within waits until a condition is true.
func within(t testing.TB, what string, true func() bool) {
	t.Helper()
	for end := time.Now().Add(unhurried); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", unhurried, what)
		}
	}
}

func contextWithCause(t testing.TB, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(t.Context(), d, cause)
}

// pid is the process id of a process of this machine.
func pid(p *Process) int { return p.instance.(platform.Numbered).PID() }

// postgresInstalled reports whether PostgreSQL is installed.
func postgresInstalled() bool {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian keeps it
	return len(found) > 0 || installed("initdb")
}
