package cgroup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onPath makes a PATH that holds only a systemd-run which runs the script; with "" it holds nothing.
func onPath(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	if script == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, "systemd-run"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestScope(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	onPath(t, `[ "$*" = "--user --scope --quiet -p Delegate=yes -- true" ]`)
	_, args, err := scope([]string{"./authlab", "bench", "--plan", "my plan"})
	if err != nil {
		t.Fatal(err)
	}
	self, _ := os.Executable()
	want := "--user --scope --quiet -p Delegate=yes -- " + self + " bench --plan my plan"
	if got := strings.Join(args[1:], " "); got != want || len(args) != 11 {
		t.Errorf("got %q, want %q", got, want)
	}

	onPath(t, "echo Failed to connect to bus >&2; exit 1")
	if _, _, err := scope([]string{"authlab"}); err == nil ||
		!strings.Contains(err.Error(), "systemd with a session of your own") {
		t.Errorf("without a user's systemd: %v", err)
	}
	onPath(t, "")
	if _, _, err := scope([]string{"authlab"}); err == nil {
		t.Error("without systemd-run there should be an error")
	}
	t.Setenv("AUTHLAB_DELEGATED", "1")
	if err := Delegate(); err != nil {
		t.Errorf("a process in a scope of its own asks for another: %v", err)
	}
}
