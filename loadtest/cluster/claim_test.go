package cluster

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestAClaimEndsWithItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), prefix+newNonce())
	c, err := makeClaimed(path, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claimed(path); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Errorf("claiming what is claimed: %v", err)
	}
	c.release()
	again, err := claimed(path)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	again.release()
}

func TestASweepTakesTheDeadOnly(t *testing.T) {
	under := t.TempDir()
	path := func(name string) string { return filepath.Join(under, name) }
	living, dead, strange := prefix+newNonce(), prefix+newNonce(), prefix+"of-somebody"
	c, err := makeClaimed(path(living), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	defer c.release()
	for _, name := range []string{dead, strange} {
		if err := os.Mkdir(path(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sweep(under, os.RemoveAll)
	var left []string
	entries, _ := os.ReadDir(under)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{living, strange}
	slices.Sort(want)
	if !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}

// TestASweepDoesNotTakeWhatIsBeingMade has labs that make their folders while others sweep: whoever believes to hold a
// folder must find it there.
func TestASweepDoesNotTakeWhatIsBeingMade(t *testing.T) {
	under := t.TempDir()
	made := make(chan struct{})
	var sweepers sync.WaitGroup
	for range 4 {
		sweepers.Go(func() {
			for {
				select {
				case <-made:
					return
				default:
					sweep(under, os.RemoveAll)
				}
			}
		})
	}
	for range 500 {
		path := filepath.Join(under, prefix+newNonce())
		c, err := makeClaimed(path, 0o700)
		if err != nil {
			t.Fatal(err)
		}
		if !c.holds(path) {
			t.Fatal("a folder that its maker holds is gone")
		}
		c.release()
	}
	close(made)
	sweepers.Wait()
}

// TestSweepingSparesLabsOfOtherNetworks has a lab in a network of its own, as in a container that shares the folder of
// temporary files and the cgroups with the machine.
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
		t.Skip("no right to make a network name space: ", err)
	}
	defer cmd.Wait()
	defer stdin.Close() // which ends the lab
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	nonce := line[:max(len(line)-1, 0)]
	if !isNonce(nonce) {
		t.Fatalf("the lab says %q, want its nonce", line)
	}
	before := footprint(nonce)
	openLab(t, Config{}) // which sweeps
	if after := footprint(nonce); !slices.Equal(before, after) || len(before) == 0 {
		t.Errorf("another lab's sweep left %v of %v", after, before)
	}
}
