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

// engine asks the engine.
func engine(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// inEngine is everything in the engine that carries a lab's nonce.
func inEngine(t testing.TB, nonce string) []string {
	t.Helper()
	return strings.Fields(engine(t, "container", "ls", "--all", "--quiet", "--filter", "name="+claim.Prefix+nonce) + " " +
		engine(t, "network", "ls", "--quiet", "--filter", "name="+claim.Prefix+nonce))
}

// groupUsage is the CPU time that a container's control group counted, that of the container's preparation included.
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
		case controllers == "cpuacct" || strings.HasSuffix(controllers, ",cpuacct"): // version 1 counts in a hierarchy of its own
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
	t.Fatal("no control group of it tells what was used")
	return 0
}

// name is what the engine calls the container of a process.
func name(p *Process) string {
	lab := filepath.Base(filepath.Dir(filepath.Dir(p.log))) // the lab's folder carries its nonce, too
	return lab + "-" + p.arm + "." + p.name
}
