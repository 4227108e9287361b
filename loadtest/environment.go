package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"authlab/loadtest/cluster"
	"authlab/loadtest/measure"
)

// environment describes the machine, the parts and the command of this run of a lab.
func environment(ctx context.Context, r *run, o options) measure.Environment {
	e := machine(ctx, r, o)
	e.Nonce, e.Platform = r.lab.Nonce(), string(r.lab.Platform())
	e.Budgets, e.Why = r.lab.Budgets().Name, r.lab.Budgets().Why
	e.Parts = described(r.lab.Parts())
	return e
}

// machine describes where and how the command runs.
func machine(ctx context.Context, r *run, o options) measure.Environment {
	e := measure.Environment{
		Started: r.began.UTC().Truncate(time.Second), Command: o.args, Plan: r.plan.Name,
		CPU: cpuModel(), Cores: len(r.cpus), Kernel: kernel(), OS: distribution(), Go: runtime.Version(),
		Governor: firstLineOf("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
		Load:     firstLineOf("/proc/loadavg"),
	}
	e.Commit, e.Dirty = commit(ctx)
	return e
}

func described(parts []cluster.Part) (all []measure.Part) {
	for _, part := range parts {
		all = append(all, measure.Part{Role: part.Role, Name: part.Name, Version: part.Version, Embedded: part.Embedded})
	}
	return all
}

func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "unknown"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

func distribution() string {
	text, _ := os.ReadFile("/etc/os-release")
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return "unknown"
}

func firstLineOf(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(line)
}

// commit asks git about the source tree that the programs lie in; outside of one the commit is "unknown".
func commit(ctx context.Context) (hash string, dirty bool) {
	program, err := os.Executable()
	if err != nil {
		return "unknown", false
	}
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", filepath.Dir(program)}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	hash, err = git("rev-parse", "HEAD")
	if err != nil {
		return "unknown", false
	}
	changes, err := git("status", "--porcelain", "--untracked-files=no")
	return hash, err == nil && changes != ""
}

// firstLine is an error's first sentence, for a list of events.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
