package cluster

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"authlab/loadtest/cluster/cgroup"
	"authlab/loadtest/cluster/claim"
	"authlab/loadtest/cluster/docker"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/process"
	"authlab/loadtest/plan"
)

func TestASecondLabIsRefused(t *testing.T) {
	l := openLab(t, Config{})
	_, err := Open(t.Context(), Config{Platform: process.Platform{}, BinDir: bin(t)})
	want := fmt.Sprintf("another bench or demo is running on this machine (process %d)", os.Getpid())
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Fatalf("a second lab: %v; want one sentence with %q", err, want)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), Config{Platform: process.Platform{}, BinDir: bin(t)})
	if err != nil {
		t.Fatalf("after the first lab closed: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// footprint lists everything on this machine that carries a lab's nonce: folders, cgroups, processes.
func footprint(nonce string) []string {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), claim.Prefix+nonce))
	return slices.Concat(found, groupsOf(nonce), processes(nonce))
}

// groupsOf lists the control groups that carry a lab's nonce.
func groupsOf(nonce string) []string {
	t, err := cgroup.This()
	if err != nil {
		return nil
	}
	var found []string
	for _, dir := range t.Upwards() {
		groups, _ := filepath.Glob(filepath.Join(dir, claim.Prefix+nonce))
		found = append(found, groups...)
	}
	return found
}

func processes(nonce string) []string {
	var found []string
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		text, _ := os.ReadFile(path)
		if line := strings.ReplaceAll(string(text), "\x00", " "); strings.Contains(line, nonce) {
			found = append(found, path+": "+line)
		}
	}
	return found
}

func TestCloseLeavesNothing(t *testing.T) {
	l := openLab(t, Config{})
	c := start(t, l, everything(l))
	pids := []int{}
	for _, p := range c.Processes() {
		pids = append(pids, pid(p))
	}
	if len(pids) != 4 {
		t.Fatalf("want 2 replicas, a store and a balancer, got %v", c.Processes())
	}
	if err := c.Replica(1).Pause(); err != nil { // a paused process must also go
		t.Fatal(err)
	}
	addr := strings.TrimPrefix(c.Front(Front{Size: 2}), "http://")
	if len(footprint(l.Nonce())) == 0 {
		t.Fatal("a running lab should be seen")
	}
	began := time.Now()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > closeTimeout+unhurried {
		t.Errorf("closing took %s", took)
	}
	if left := footprint(l.Nonce()); len(left) > 0 {
		t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err == nil {
			t.Errorf("process %d is still there", pid)
		}
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Errorf("%s still accepts connections", addr)
	}
	select {
	case d := <-l.Died():
		t.Errorf("a process that was stopped is reported as dead: %v", d)
	default:
	}
}

// everything is a cluster with all tiers, with budgets where this machine can enforce them.
func everything(l *Lab) Spec {
	s := Spec{Name: "everything", Scheme: fakeScheme("--store={store}"), Replicas: 2, Fronts: Over(1, 2)}
	s.Scheme.Store = true
	if l.Platform() == docker.Name { // no image holds the fake
		s.Scheme, _ = plan.SchemeNamed("session-redis")
	}
	if l.Budgets().Name != "none" {
		s.Budgets = map[Tier]float64{Replica: 0.5, Store: 0.5, Balancer: 0.5}
	}
	return s
}

// shortLivedLab is a lab in a process of its own, which waits until it is killed or its input ends. An idle one starts
// no cluster.
func shortLivedLab(bin string, args []string) int {
	machineLock = "@authlab-test-" + claim.NewNonce()
	config := Config{BinDir: bin, Embedded: !installed("haproxy") || !installed("redis-server", "valkey-server")}
	config.Platform = process.Platform{}
	if slices.Contains(args, docker.Name) {
		config.Platform = docker.Platform{Otherwise: process.Name}
	}
	l, err := Open(context.Background(), config)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer l.Close()
	fmt.Print(l.Nonce())
	if !slices.Contains(args, "idle") {
		c, err := l.Start(context.Background(), everything(l))
		if err != nil {
			fmt.Println(err)
			return 1
		}
		for _, p := range c.Processes() {
			if _, numbered := p.instance.(platform.Numbered); numbered {
				fmt.Print(" ", pid(p))
			} else {
				fmt.Print(" ", p)
			}
		}
	}
	fmt.Println()
	bufio.NewReader(os.Stdin).ReadString('\n')
	return 0
}

func TestAKilledLabTakesItsChildrenAlong(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin(t), "a-lab"), bin(t))
	stdin, err := cmd.StdinPipe() // the end of its input must not be what ends the lab
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	words := strings.Fields(line)
	if len(words) != 5 || !claim.IsNonce(words[0]) {
		cmd.Process.Kill()
		t.Fatalf("the lab says %q, want its nonce and four processes", line)
	}
	cmd.Process.Kill()
	cmd.Wait()
	for _, word := range words[1:] {
		pid, _ := strconv.Atoi(word)
		within(t, "child "+word+" is dead", func() bool { return !running(pid) })
	}
	if len(footprint(words[0])) == 0 {
		t.Error("a killed lab cannot have removed its files: this test would show nothing")
	}
	openLab(t, Config{})
	if left := footprint(words[0]); len(left) > 0 {
		t.Errorf("the next lab left things of the dead one:\n%s", strings.Join(left, "\n"))
	}
}

// running reports whether a process runs. A zombie does not, which stays while its parent is dead and init is slow.
func running(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, after, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(after, "Z")
}

func TestSweepingSparesTheLiving(t *testing.T) {
	living := openLab(t, Config{})
	c := start(t, living, Spec{Replicas: 1})
	openLab(t, Config{})
	if _, _, err := ask(t.Context(), c.Direct(0)+"/healthz"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(living.LoadKeyFile()); err != nil {
		t.Error(err)
	}
	if living.Budgets().Name != "none" && len(groupsOf(living.Nonce())) == 0 {
		t.Error("its control group is gone")
	}
}

func TestTheLoadKeyIsSecret(t *testing.T) {
	l := openLab(t, Config{})
	info, err := os.Stat(l.LoadKeyFile())
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(l.LoadKeyFile())
	if key, err := hex.DecodeString(strings.TrimSpace(string(text))); err != nil || !slices.Equal(key, l.LoadKey()) ||
		len(key) != 32 {
		t.Errorf("the key file holds %d bytes that are not the key", len(key))
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("the key file has mode %o", mode)
	}
	if folder, _ := os.Stat(filepath.Dir(l.LoadKeyFile())); folder.Mode().Perm() != 0o700 {
		t.Errorf("the lab's folder has mode %o", folder.Mode().Perm())
	}
}

func TestATemporaryFolderThatCannotBeWritten(t *testing.T) {
	machineLock = "@authlab-test-" + claim.NewNonce()
	_, err := Open(t.Context(), Config{Platform: process.Platform{}, BinDir: bin(t), TempDir: "/proc/no-such-folder"})
	if err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("got %v, want a sentence that says what to do", err)
	}
}

// TestSweepingSparesLabsOfOtherNetworks runs a lab in a network of its own, like a container that shares the temporary
// folder and the cgroups with the machine.
func TestSweepingSparesLabsOfOtherNetworks(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin(t), "a-lab"), bin(t), "idle")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip("no right to make a network namespace: ", err)
	}
	defer cmd.Wait()
	defer stdin.Close() // this ends the lab
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	nonce := line[:max(len(line)-1, 0)]
	if !claim.IsNonce(nonce) {
		t.Fatalf("the lab says %q, want its nonce", line)
	}
	before := footprint(nonce)
	openLab(t, Config{}) // this sweeps
	if after := footprint(nonce); !slices.Equal(before, after) || len(before) == 0 {
		t.Errorf("another lab's sweep left %v of %v", after, before)
	}
}
