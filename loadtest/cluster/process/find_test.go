package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"authlab/loadtest/cluster/platform"
	"authlab/scripts/prebuilt"
)

// built is a folder with the embedded parts.
func built(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := prebuilt.Programs(folder, "authlab/servers/balancerd", "authlab/servers/stored"); err != nil {
		t.Fatal(err)
	}
	return folder
}

// onPath makes a PATH of programs that run the given scripts.
func onPath(t *testing.T, scripts map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
	daemons = folder
	t.Cleanup(func() { daemons = "/usr/sbin" })
}

func part(role, name, version string, embedded bool, instead string) platform.Part {
	return platform.Part{Role: role, Name: name, Version: version, Embedded: embedded, Instead: instead}
}

func TestFind(t *testing.T) {
	folder := built(t) // before PATH is removed
	wanted := []platform.Wanted{
		{Role: "store", Real: []string{"redis-server", "valkey-server"}, Embedded: "stored"},
		{Role: "balancer", Real: []string{"haproxy"}, Embedded: "balancerd"},
	}
	for name, test := range map[string]struct {
		path            map[string]string
		stand           bool
		store, balancer platform.Part
		wrong           string
	}{
		"all are there": {
			map[string]string{
				"redis-server": "echo Redis server v=7.0.15 sha=0",
				"haproxy":      "echo HAProxy version 2.6.12-1+deb12u4 2026/10/17",
			},
			false,
			part("store", "redis-server", "7.0.15", false, ""),
			part("balancer", "haproxy", "2.6.12", false, ""),
			"",
		},
		"valkey will do": {
			map[string]string{"valkey-server": "echo Valkey server v=8.1.0", "haproxy": "echo HAProxy version 3.2.0"},
			false,
			part("store", "valkey-server", "8.1.0", false, ""),
			part("balancer", "haproxy", "3.2.0", false, ""),
			"",
		},
		"none is there": {
			map[string]string{"apt-get": "exit 1"},
			false,
			part("store", "stored", "miniredis", true, "sudo apt-get install redis-server"),
			part("balancer", "balancerd", "net/http of go", true, "sudo apt-get install haproxy"),
			"",
		},
		"another system": {
			map[string]string{"dnf": "exit 1"},
			false,
			part("store", "stored", "miniredis", true, "sudo dnf install redis"),
			part("balancer", "balancerd", "net/http of go", true, "sudo dnf install haproxy"),
			"",
		},
		"embedded by wish": {
			map[string]string{"redis-server": "exit 1", "haproxy": "exit 1"},
			true,
			part("store", "stored", "miniredis", true, ""),
			part("balancer", "balancerd", "net/http of go", true, ""),
			"",
		},
		"a balancer that does not run": {
			map[string]string{
				"redis-server": "echo Redis server v=7.0.15 sha=0",
				"haproxy":      "echo libjemalloc is missing; exit 127",
			},
			false,
			platform.Part{},
			platform.Part{},
			"haproxy is installed but does not run (exit status 127 libjemalloc is missing): repair or remove it",
		},
		"nothing built": {
			nil, false,
			platform.Part{},
			platform.Part{},
			"the program stored is not in /nowhere, next to authlab: run make build",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onPath(t, test.path)
			p := &place{lab: platform.Lab{BinDir: folder}}
			if name == "nothing built" {
				p.lab.BinDir = "/nowhere"
			}
			var wrong error
			for i, want := range []platform.Part{test.store, test.balancer} {
				w := wanted[i]
				w.Stand = test.stand
				got, program, err := p.Find(t.Context(), w)
				wrong = errors.Join(wrong, err)
				if test.wrong != "" || err != nil {
					continue
				}
				if filepath.Base(program.Path) != want.Name || !strings.HasPrefix(got.Version, want.Version) {
					t.Errorf("%s has version %q, want %s of %q", program.Path, got.Version, want.Name, want.Version)
				}
				if got.Version = want.Version; got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
			if said := fmt.Sprint(wrong); (wrong != nil) != (test.wrong != "") ||
				wrong != nil && !strings.Contains(said, test.wrong) {
				t.Errorf("got %v, want %q", wrong, test.wrong)
			}
		})
	}
}
