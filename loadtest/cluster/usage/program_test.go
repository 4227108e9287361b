package usage

import (
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

// until waits for something that is sure to happen.
func until(true func() bool) {
	for !true() {
		time.Sleep(time.Millisecond)
	}
}

// TestATreeIsCounted runs a shell with two children; the end of one child does not lower the sum.
func TestATreeIsCounted(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "sleep 1h & sleep 1h & wait")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tree, alone := Of(cmd.Process.Pid, true), Of(cmd.Process.Pid, false)
	defer func() {
		for _, pid := range slices.Backward(tree.PIDs()) {
			exec.Command("kill", "-9", strconv.Itoa(pid)).Run()
		}
		cmd.Wait()
	}()
	if _, err := tree.Read(); err != nil {
		t.Skip(err) // a kernel that does not report it
	}
	until(func() bool { return len(tree.PIDs()) == 3 })
	if pids := alone.PIDs(); len(pids) != 1 || tree.PIDs()[0] != pids[0] {
		t.Errorf("alone it is %v, as a tree %v", pids, tree.PIDs())
	}
	// A child that was just forked has used nothing. The shell only waits from here on, so that what is more is the
	// children's.
	var one, all Reading
	until(func() bool {
		var err, failed error
		one, err = alone.Read() // read before the sum, which only grows
		all, failed = tree.Read()
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		return all.CPU > one.CPU && all.Resident > one.Resident
	})
	exec.Command("kill", "-9", strconv.Itoa(tree.PIDs()[2])).Run()
	until(func() bool { return len(tree.PIDs()) == 2 })
	if now, err := tree.Read(); err != nil || now.CPU < all.CPU {
		t.Errorf("a process has ended, and its use is forgotten: %v, then %v; %v", all.CPU, now.CPU, err)
	}
}
