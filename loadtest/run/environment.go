package run

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"authlab/loadtest/cluster"
	"authlab/loadtest/machine"
	"authlab/loadtest/record"
)

// environment describes the machine, the parts and the command of this run.
func (r *Run) environment(ctx context.Context) record.Environment {
	e := r.whereAndHow(ctx)
	e.Nonce, e.Platform, e.Note = r.lab.Nonce(), r.lab.Platform(), r.lab.PlatformNote()
	e.Budgets, e.Why = r.lab.Budgets().Name, r.lab.Budgets().Why
	e.Parts = described(r.lab.Parts())
	return e
}

// whereAndHow describes where and how the command runs.
func (r *Run) whereAndHow(ctx context.Context) record.Environment {
	e := record.Environment{
		Started: r.began.UTC().Truncate(time.Second), Command: r.config.Command, Plan: r.plan.Name,
		CPU: machine.CPU(), Cores: len(r.cpus), Kernel: machine.Kernel(), OS: machine.OS(), Go: runtime.Version(),
		Governor: machine.Governor(),
		Load:     machine.Load(),
	}
	e.Commit, e.Dirty = commit(ctx)
	return e
}

func described(parts []cluster.Part) (all []record.Part) {
	for _, part := range parts {
		all = append(all, record.Part{Role: part.Role, Name: part.Name, Version: part.Version, Embedded: part.Embedded})
	}
	return all
}

// commit asks git about the source tree that contains the programs. Outside a source tree the commit is "unknown".
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

// firstLine returns the first line of an error, for a list of events.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
