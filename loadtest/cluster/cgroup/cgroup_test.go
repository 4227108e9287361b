package cgroup

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/usage"
)

func TestFindTree(t *testing.T) {
	const v1 = `25 30 0:23 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
32 31 0:29 %s /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,%s
33 31 0:30 / /sys/fs/cgroup/cpuset rw,relatime shared:9 - cgroup cgroup rw,cpuset
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`
	const v2 = "30 23 0:26 %s /sys/fs/cgroup rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	for name, test := range map[string]struct {
		mountinfo, cgroup string
		want              Tree
	}{
		"v1, a hierarchy each": {
			fmt.Sprintf(v1, "/", "cpu"), "3:cpuset:/set\n2:cpuacct:/\n1:cpu:/a/b\n0::/\n",
			Tree{1, "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu/a/b"},
		},
		"v1, cpu and cpuacct together": {
			fmt.Sprintf(v1, "/", "cpu,cpuacct"), "4:cpu,cpuacct:/user.slice\n",
			Tree{1, "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu/user.slice"},
		},
		"v1 in a container": {
			fmt.Sprintf(v1, "/docker/abc", "cpu"), "1:cpu:/docker/abc/x\n",
			Tree{1, "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu/x"},
		},
		"v1, group outside of what is mounted": {
			fmt.Sprintf(v1, "/docker/abc", "cpu"), "1:cpu:/elsewhere\n", Tree{1, "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu"},
		},
		"v2": {
			fmt.Sprintf(v2, "/"), "0::/user.slice/user-1000.slice/session-2.scope\n",
			Tree{2, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope"},
		},
		"v2 in a namespace": {fmt.Sprintf(v2, "/"), "0::/\n", Tree{2, "/sys/fs/cgroup", "/sys/fs/cgroup"}},
		"a mount with a space": {
			strings.ReplaceAll(fmt.Sprintf(v2, "/"), "/sys/fs/cgroup", `/sys/my\040groups`), "0::/a\n",
			Tree{2, "/sys/my groups", "/sys/my groups/a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := findTree([]byte(test.mountinfo), []byte(test.cgroup))
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
	if _, err := findTree([]byte("1 2 0:1 / / rw - ext4 /dev/sda rw\n"), nil); err == nil {
		t.Error("a machine without control groups should be an error")
	}
}

// fakeTree is a folder with the files that the kernel would provide.
func fakeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		return "absent"
	}
	return strings.TrimSpace(string(text))
}

func TestPrepareChangesOnlyUnsharedGroups(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for name, test := range map[string]struct {
		files     map[string]string
		refused   string
		control   string // what cgroup.subtree_control holds afterwards
		leafProcs string
	}{
		"cpu is handed down already": {
			map[string]string{"cgroup.subtree_control": "cpu memory", "cgroup.procs": "", "cgroup.type": "domain"},
			"", "cpu memory", "absent",
		},
		"delegated to this process alone": {
			map[string]string{
				"cgroup.subtree_control": "", "cgroup.controllers": "cpu io", "cgroup.procs": self + "\n",
				"cgroup.type": "domain",
			},
			"", "+cpu", self,
		},
		"shared with a shell": {
			map[string]string{
				"cgroup.subtree_control": "", "cgroup.controllers": "cpu", "cgroup.procs": "1\n" + self + "\n",
				"cgroup.type": "domain",
			},
			"shared with other processes", "", "absent",
		},
		"the root, which all may share": {
			map[string]string{
				"cgroup.subtree_control": "memory", "cgroup.controllers": "cpu",
				"cgroup.procs": "1\n2\n" + self + "\n",
			}, "", "+cpu", "absent",
		},
		"no cpu controller": {
			map[string]string{
				"cgroup.subtree_control": "", "cgroup.controllers": "memory pids", "cgroup.procs": self,
				"cgroup.type": "domain",
			},
			"was given no cpu controller", "", "absent",
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := fakeTree(t, test.files)
			err := Tree{2, root, root}.prepare(root)
			if (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
				t.Fatalf("got %v, want %q", err, test.refused)
			}
			if got := read(t, root, "cgroup.subtree_control"); got != test.control {
				t.Errorf("cgroup.subtree_control holds %q, want %q", got, test.control)
			}
			if got := read(t, root, leaf, "cgroup.procs"); got != test.leafProcs {
				t.Errorf("the leaf holds %q, want %q", got, test.leafProcs)
			}
		})
	}
}

func TestGroupFiles(t *testing.T) {
	for version, want := range map[int]map[string][2]string{
		1: {"cpu.cfs_quota_us": {"2000", "-1"}, "cpu.cfs_period_us": {"20000", "20000"}},
		2: {"cpu.max": {"2000 20000", "max 20000"}},
	} {
		t.Run(fmt.Sprintf("v%d", version), func(t *testing.T) {
			c := &Controller{version: version, dir: t.TempDir()}
			g, err := c.Group("lone/replica-0")
			if err != nil {
				t.Fatal(err)
			}
			for i, cores := range []float64{0.1, 0} {
				if err := g.Limit(cores); err != nil {
					t.Fatal(err)
				}
				for file, values := range want {
					if got := read(t, c.dir, "lone.replica-0", file); got != values[i] {
						t.Errorf("with %g cores %s holds %q, want %q", cores, file, got, values[i])
					}
				}
			}
			os.WriteFile(filepath.Join(g.dir, "cpu.stat"), []byte("nr_periods 5\nthrottled_time 1500000\nthrottled_usec 1500\n"),
				0o644)
			if d, err := g.Throttled(); err != nil || d != 1500*time.Microsecond {
				t.Errorf("throttled %s, %v; want 1.5ms", d, err)
			}
			os.WriteFile(filepath.Join(g.dir, "cpu.stat"), []byte("nr_periods 5\n"), 0o644)
			if _, err := g.Throttled(); err == nil {
				t.Error("a cpu.stat without the throttled time should be an error")
			}
		})
	}
}

func TestSmallestBudget(t *testing.T) {
	for cores, ok := range map[float64]bool{0: true, 0.01: true, 0.05: true, 1: true, 2: true, 0.009: false, -1: false} {
		if err := Check(cores); (err == nil) != ok {
			t.Errorf("%g cores: %v", cores, err)
		}
	}
}

func TestAMachineThatHandsNothingDown(t *testing.T) {
	sealed := fakeTree(t, map[string]string{"a/cgroup.procs": "1", "a/cgroup.type": "domain", "cgroup.type": "domain"})
	_, err := Tree{2, sealed, sealed + "/a"}.Open("0123456789abcdef")
	if err == nil || errors.Is(err, os.ErrExist) {
		t.Errorf("got %v", err)
	}
}

// TestVersion2ForksIntoTheGroup needs only a mounted version 2 hierarchy, with or without the cpu controller.
func TestVersion2ForksIntoTheGroup(t *testing.T) {
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	mount := ""
	for line := range strings.Lines(string(mounts)) {
		if before, _, ok := strings.Cut(line, " - cgroup2 "); ok {
			mount = strings.Fields(before)[4]
		}
	}
	if mount == "" {
		t.Skip("no cgroup v2 is mounted")
	}
	c := &Controller{version: 2, dir: filepath.Join(mount, claim.Prefix+claim.NewNonce())}
	var err error
	if c.held, err = claim.Make(c.dir, 0o755); err != nil {
		t.Skip("no cgroup v2 that may be written to")
	}
	g, err := c.Group("lone/replica-0")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "60")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := g.Start(cmd); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", cmd.Process.Pid))
	if want := filepath.Base(c.dir) + "/lone.replica-0\n"; err != nil || !strings.Contains(string(text), want) {
		t.Errorf("the program is not in %s:\n%s", want, text)
	}
	if held, err := g.Confines(usage.Of(cmd.Process.Pid, false)); err != nil || !held {
		t.Errorf("the program is not held: %v", err)
	}
	go cmd.Wait()                      // the removal waits for it
	if err := c.Remove(); err != nil { // it kills what is left
		t.Error(err)
	}
	if _, err := os.Stat(c.dir); err == nil {
		t.Error("the group is still there")
	}
}
