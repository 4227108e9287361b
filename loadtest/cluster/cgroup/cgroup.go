package cgroup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/poll"
	"authlab/loadtest/cluster/usage"
	"authlab/loadtest/plan"
)

// Controller is the lab's own place in the kernel's tree of control groups.
type Controller struct {
	version int
	dir     string       // the lab's folder, which holds one folder for each budgeted process
	held    *claim.Claim // on dir
	home    string       // where the lab itself is, in the same tree
}

// String names the kernel's interface: "cgroup v1" or "cgroup v2".
func (c *Controller) String() string { return fmt.Sprintf("cgroup v%d", c.version) }

// Group makes the folder of one process.
func (c *Controller) Group(name string) (*Group, error) {
	g := &Group{c: c, dir: filepath.Join(c.dir, strings.ReplaceAll(name, "/", "."))}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot make a cgroup for %s: %w", name, err)
	}
	return g, nil
}

// Remove removes the lab's folder and everything left in it.
func (c *Controller) Remove() error {
	defer c.held.Release()
	return removeTree(c.dir)
}

// Group is the control group of one process. The process is in it from its first instruction to its last.
type Group struct {
	c   *Controller
	dir string
}

// Start forks cmd into the group. With version 2 the kernel forks it there directly. With version 1 the child inherits
// the group of the forking thread, which enters the group and comes back.
func (g *Group) Start(cmd *exec.Cmd) (err error) {
	if g.c.version == 2 {
		dir, err := os.Open(g.dir)
		if err != nil {
			return err
		}
		defer dir.Close()
		cmd.SysProcAttr.UseCgroupFD, cmd.SysProcAttr.CgroupFD = true, int(dir.Fd())
		return cmd.Start()
	}
	if err := enter(g.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, enter(g.c.home)) }()
	return cmd.Start()
}

// enter moves only the calling thread into a version 1 group.
func enter(dir string) error {
	return writeFile(filepath.Join(dir, "tasks"), strconv.Itoa(unix.Gettid()))
}

// Limit sets the budget in cores; 0 removes it.
func (g *Group) Limit(cores float64) error {
	period, quota := Quota(cores)
	if g.c.version == 1 {
		// The period is written while there is no quota: with one, the two together might be more than the kernel grants.
		for _, v := range []struct {
			file  string
			value int64
		}{{"cpu.cfs_quota_us", -1}, {"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", quota}} {
			if cores == 0 && v.value == quota {
				continue
			}
			if err := g.write(v.file, v.value); err != nil {
				return err
			}
		}
		return nil
	}
	value := fmt.Sprintf("%d %d", quota, period)
	if cores == 0 {
		value = fmt.Sprintf("max %d", period)
	}
	return writeFile(filepath.Join(g.dir, "cpu.max"), value)
}

// Quota converts a budget to the kernel's form: microseconds in each period. The kernel's usual period of 100 ms
// would freeze a small server for most of a latency objective.
func Quota(cores float64) (period, quota int64) {
	period = plan.Budget(cores).Period().Microseconds()
	return period, int64(cores*float64(period) + 0.5)
}

// Check says whether a budget can be held.
func Check(cores float64) error {
	if cores != 0 && !(cores >= float64(plan.MinBudget)) {
		return fmt.Errorf("a CPU budget of %g cores is too small: it would be granted once in more than %s, so ask for "+
			"%g or more",
			cores, plan.MinBudget.Period(), plan.MinBudget)
	}
	return nil
}

// Throttled is how long the group's processes were kept from running, summed over cores.
func (g *Group) Throttled() (time.Duration, error) {
	text, err := os.ReadFile(filepath.Join(g.dir, "cpu.stat"))
	if err != nil {
		return 0, err
	}
	key, unit := "throttled_usec ", time.Microsecond
	if g.c.version == 1 {
		key, unit = "throttled_time ", time.Nanosecond
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return time.Duration(n) * unit, err
		}
	}
	return 0, fmt.Errorf("%s/cpu.stat does not tell the throttled time", g.dir)
}

// Read reads what a program in the group has used, and how long its budget kept it from running.
func (g *Group) Read(p *usage.Program) (usage.Reading, error) {
	r, err := p.Read()
	if err != nil {
		return r, err
	}
	if r.Throttled, err = g.Throttled(); err != nil {
		return r, fmt.Errorf("reading throttled time: %w", err)
	}
	return r, nil
}

// Confines reports whether all of a program's processes are in the group.
func (g *Group) Confines(p *usage.Program) (bool, error) {
	for i, pid := range p.PIDs() {
		if held, err := g.holds(pid); err != nil || !held {
			if i > 0 && errors.Is(err, os.ErrNotExist) {
				continue // a child that has ended
			}
			return false, err
		}
	}
	return true, nil
}

// holds reports whether a process is in the group with all its threads: version 1 can move each thread separately.
func (g *Group) holds(pid int) (bool, error) {
	list, want := "cgroup.procs", []string{strconv.Itoa(pid)}
	threads := fmt.Sprintf("/proc/%d/task", pid)
	if g.c.version == 1 {
		entries, err := os.ReadDir(threads)
		if err != nil {
			return false, err
		}
		list, want = "tasks", nil
		for _, e := range entries {
			want = append(want, e.Name())
		}
	}
	text, err := os.ReadFile(filepath.Join(g.dir, list))
	if err != nil {
		return false, err
	}
	members := strings.Fields(string(text))
	for _, id := range want {
		if !slices.Contains(members, id) {
			// otherwise the thread has ended
			if stat, err := os.ReadFile(filepath.Join(threads, id, "stat")); err == nil && usage.State(stat) != 'Z' {
				return false, nil
			}
		}
	}
	return true, nil
}

// Remove removes the folder of a process, once the process is gone.
func (g *Group) Remove() error { return removeTree(g.dir) }

func (g *Group) write(file string, value int64) error {
	return writeFile(filepath.Join(g.dir, file), strconv.FormatInt(value, 10))
}

// writeFile writes a kernel file. Each write takes effect in one call, or fails.
func writeFile(path, value string) error {
	if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
		return fmt.Errorf("cannot set a CPU budget: %w", err)
	}
	return nil
}

// removeTree removes a group and the groups below it. Processes that still run in them belong to a lab that is ending
// or dead, and are killed. The kernel answers "busy" until the last process is gone, which takes a moment.
func removeTree(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return poll.Until(ctx, func() error {
		var groups []string
		filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				groups = append(groups, path)
			}
			return nil
		})
		var err error
		for _, group := range slices.Backward(groups) { // inner groups first
			killAll(group)
			if err = unix.Rmdir(group); err != nil && !errors.Is(err, unix.ENOENT) {
				return fmt.Errorf("cannot remove the cgroup %s: %w", group, err)
			}
		}
		return nil
	})
}

func killAll(dir string) {
	text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	for _, field := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 1 && pid != os.Getpid() {
			unix.Kill(pid, unix.SIGKILL)
		}
	}
}
