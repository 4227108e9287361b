package cluster

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/process"
	"authlab/loadtest/plan"
	"authlab/scripts/longtest"
)

// oddFolders are folder names with a meaning in a configuration, a URL, a shell or a pattern.
var oddFolders = []string{
	"a b", `a"b`, "a'b", `a\b`, "a#b", "a%62", "a?b", "a$HOME", "a*", "[a]", "a,b", "a:b", "a;b", "a&b=c",
	"über", "a\tb", "a\xffb", "-a", "~", "a@b", "{a}",
	`every one: "'\#%?$*[],;&=@{}ü` + "`",
}

// TestFoldersOfAnyName runs what writes configurations in folders of such names: Redis, HAProxy and the servers with
// SQLite, keys and passwords. Without the build tag long those are left out whose odd characters
// the last one has too.
func TestFoldersOfAnyName(t *testing.T) {
	needs(t, installed("haproxy") && installed("redis-server", "valkey-server"),
		"haproxy, and redis-server or valkey-server")
	real := realServers(t)
	for i, name := range oddFolders {
		t.Run(name, func(t *testing.T) {
			if i < len(oddFolders)-1 && !slices.Contains([]string{"a\tb", "a\xffb", "-a", "~"}, name) {
				longtest.Only(t)
			}
			under := filepath.Join(t.TempDir(), name)
			if err := os.Mkdir(under, 0o755); err != nil {
				t.Fatal(err)
			}
			scheme, err := plan.SchemeNamed("session-redis")
			if err != nil {
				t.Fatal(err)
			}
			l := openLab(t, Config{TempDir: under, BinDir: real})
			if lack, provide := l.Lacks(t.Context(), scheme); lack != "" {
				t.Fatalf("it lacks %s: %s", lack, provide)
			}
			c := start(t, l, Spec{Name: "session-redis", Scheme: scheme, Replicas: 1, Fronts: Over(1), Users: 2})
			dir, err := c.Store().redis().ask(t.Context(), "PING")
			if err != nil || dir != "PONG" {
				t.Errorf("the store says %q, %v", dir, err)
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(under); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// The lab removes what a dead lab left, whatever its folder is called, and nothing else.
func TestSweepingAFolderOfAnyName(t *testing.T) {
	for _, name := range oddFolders {
		root := t.TempDir()
		under, beside := filepath.Join(root, name), filepath.Join(root, "ab")
		for _, folder := range []string{under, beside} {
			c, err := claim.Make(filepath.Join(folder, claim.Prefix+claim.NewNonce()), 0o700)
			if err != nil {
				if err = os.Mkdir(folder, 0o700); err == nil {
					c, err = claim.Make(filepath.Join(folder, claim.Prefix+claim.NewNonce()), 0o700)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Release()
		}
		claim.Sweep(under, os.RemoveAll)
		left, _ := os.ReadDir(under)
		kept, _ := os.ReadDir(beside)
		if len(left) > 0 || len(kept) != 1 {
			t.Errorf("%q: %d folders are left, and %d beside it", name, len(left), len(kept))
		}
	}
}

// TestPostgresInAFolderOfAnyName does the same for PostgreSQL, which takes longer.
func TestPostgresInAFolderOfAnyName(t *testing.T) {
	needs(t, postgresInstalled(), "postgresql")
	under := openTo(t, oddFolders[len(oddFolders)-1])
	scheme, err := plan.SchemeNamed("session-postgres")
	if err != nil {
		t.Fatal(err)
	}
	l := openLab(t, Config{TempDir: under, BinDir: realServers(t), Postgres: true})
	if lack, provide := l.Lacks(t.Context(), scheme); lack != "" {
		t.Fatalf("it lacks %s: %s", lack, provide)
	}
	start(t, l, Spec{Name: "session-postgres", Scheme: scheme, Replicas: 1, Users: 2})
}

// openTo is a new folder that every account may traverse, unlike t.TempDir's.
func openTo(t *testing.T, name string) string {
	t.Helper()
	root, err := os.MkdirTemp("", "authlab-odd-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	under := filepath.Join(root, name)
	if err := os.Mkdir(under, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return under
}

// TestAPrivateFolderCostsOneRow: for a lab of root's, PostgreSQL runs as another account and cannot reach a folder that
// only root can.
func TestAPrivateFolderCostsOneRow(t *testing.T) {
	needs(t, postgresInstalled() && os.Getuid() == 0, "postgresql, and root")
	private := openTo(t, "private")
	if err := os.Chmod(private, 0o700); err != nil {
		t.Fatal(err)
	}
	l := openLab(t, Config{TempDir: private, BinDir: realServers(t), Postgres: true})
	for name, lacks := range map[string]bool{
		"session-postgres": true, "session-redis": false, "session-memory": false,
		"control": false,
	} {
		scheme, err := plan.SchemeNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		lack, provide := l.Lacks(t.Context(), scheme)
		if (lack != "") != lacks || lacks && (!strings.Contains(lack, "cannot pass through "+private+": chmod o+x") ||
			!strings.Contains(provide, "TMPDIR")) {
			t.Errorf("%s lacks %q; %q", name, lack, provide)
		}
	}
}

// TestAStoreThatDoesNotStartCostsItsRows: a broken part is reported, and the others remain usable.
func TestAStoreThatDoesNotStartCostsItsRows(t *testing.T) {
	bin := bin(t)
	for what, scripts := range map[string]map[string]string{
		"does not run": {
			"redis-server": "echo libjemalloc is missing; exit 127",
			"haproxy":      "echo HAProxy version 2.6.12",
		},
		"does not start": {
			"redis-server": `[ "$1" = -v ] && echo "Redis server v=7.0.15" && exit
echo "Fatal: no memory for it" >&2; exit 1`,
			"haproxy": "echo HAProxy version 2.6.12",
		},
	} {
		t.Run(what, func(t *testing.T) {
			machineLock = "@authlab-test-" + claim.NewNonce()
			onPath(t, scripts)
			l, err := Open(t.Context(), Config{Platform: process.Platform{}, BinDir: bin})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			needsStore, none := fakeScheme(), fakeScheme()
			needsStore.Store = true
			lack, provide := l.Lacks(t.Context(), needsStore)
			reason := map[string]string{
				"does not run":   "libjemalloc is missing",
				"does not start": "Fatal: no memory for it",
			}[what]
			if !strings.Contains(lack, reason) || strings.Contains(lack, "\n") ||
				!strings.Contains(provide, "--embedded") {
				t.Errorf("it lacks %q; %q", lack, provide)
			}
			if lack, _ := l.Lacks(t.Context(), none); lack != "" {
				t.Errorf("a scheme without a store lacks %q", lack)
			}
		})
	}
}
