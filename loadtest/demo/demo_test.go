package demo_test

import (
	"os"
	"os/exec"
	"sync"
	"testing"

	"authlab/loadtest/cluster/process"
	"authlab/loadtest/demo/stand"
	"authlab/scripts/prebuilt"
)

// TestMain removes the programs that tests built.
func TestMain(m *testing.M) {
	code := m.Run()
	if folder != "" {
		os.RemoveAll(folder)
	}
	os.Exit(code)
}

var folder string

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "authlab-demo-bin-")
	if err != nil {
		return "", err
	}
	folder = dir
	return dir, prebuilt.Programs(dir, "authlab/servers/sessiond", "authlab/servers/tokend", "authlab/servers/balancerd",
		"authlab/servers/stored")
})

// open opens a stand of real servers, beside whatever else runs on the machine.
func open(t *testing.T) *stand.Stand {
	t.Helper()
	return openOn(t, process.Platform{})
}

// needs skips a test whose programs are missing, and fails it where everything must be present.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		_, err := exec.LookPath(name)
		if _, daemon := exec.LookPath("/usr/sbin/" + name); err == nil || daemon == nil { // where Debian keeps daemons
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing here, where everything must be present", name)
		}
		t.Skipf("%s is not installed", name)
	}
}
