//go:build docker

package cluster

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/docker"
	"authlab/loadtest/cluster/process"
)

var containers = docker.Platform{Otherwise: process.Name}

// engine runs a docker command.
func engine(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// inEngine lists everything in the engine that carries a lab's nonce.
func inEngine(t testing.TB, nonce string) []string {
	t.Helper()
	return strings.Fields(engine(t, "container", "ls", "--all", "--quiet", "--filter", "name="+claim.Prefix+nonce) + " " +
		engine(t, "network", "ls", "--quiet", "--filter", "name="+claim.Prefix+nonce))
}

// groupUsage is the CPU time that a container's control group counted, including the container's preparation.
func groupUsage(t testing.TB, p *Process) time.Duration {
	t.Helper()
	text, err := os.ReadFile("/proc/" + engine(t, "inspect", "--format", "{{.State.Pid}}", name(p)) + "/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, controllers, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, path, _ := strings.Cut(controllers, ":")
		switch {
		// version 1 counts in a separate hierarchy
		case controllers == "cpuacct" || strings.HasSuffix(controllers, ",cpuacct"):
			text, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", controllers, path, "cpuacct.usage"))
			if err != nil {
				t.Fatal(err)
			}
			n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			return time.Duration(n)
		case controllers == "":
			text, _ := os.ReadFile(filepath.Join("/sys/fs/cgroup", path, "cpu.stat"))
			for line := range strings.Lines(string(text)) {
				if value, ok := strings.CutPrefix(line, "usage_usec "); ok {
					n, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
					return time.Duration(n) * time.Microsecond
				}
			}
		}
	}
	t.Fatal("none of its control groups reports what it used")
	return 0
}

// name is the engine's name for the container of a process.
func name(p *Process) string {
	lab := filepath.Base(filepath.Dir(filepath.Dir(p.log))) // the lab's folder also carries its nonce
	return lab + "-" + p.cluster + "." + p.name
}
