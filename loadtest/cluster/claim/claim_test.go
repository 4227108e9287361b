package claim

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestAClaimEndsWithItsHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), Prefix+NewNonce())
	c, err := Make(path, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Take(path); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Errorf("claiming what is claimed: %v", err)
	}
	c.Release()
	again, err := Take(path)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	again.Release()
}

func TestASweepTakesTheDeadOnly(t *testing.T) {
	under := t.TempDir()
	path := func(name string) string { return filepath.Join(under, name) }
	living, dead, strange := Prefix+NewNonce(), Prefix+NewNonce(), Prefix+"of-another"
	c, err := Make(path(living), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	for _, name := range []string{dead, strange} {
		if err := os.Mkdir(path(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	Sweep(under, os.RemoveAll)
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

// TestMakeWaitsForWhoHolds: only the holder removes what it holds. Make removes nothing, and claims the folder when it
// is released.
func TestMakeWaitsForWhoHolds(t *testing.T) {
	for name, remove := range map[string]bool{"swept": true, "let go": false} {
		path := filepath.Join(t.TempDir(), Prefix+NewNonce())
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		sweeper, err := Take(path)
		if err != nil {
			t.Fatal(err)
		}
		made := make(chan *Claim)
		go func() {
			c, err := claimed(path, 0o700)
			if err != nil {
				t.Error(err)
			}
			made <- c
		}()
		select {
		case <-made:
			t.Fatalf("%s: it was claimed while another held it", name)
		case <-time.After(20 * time.Millisecond):
		}
		if !sweeper.Holds(path) {
			t.Errorf("%s: what was held is gone", name)
		}
		if remove {
			os.Remove(path)
		}
		sweeper.Release()
		if c := <-made; c == nil || !c.Holds(path) {
			t.Errorf("%s: it was not claimed", name)
		} else {
			c.Release()
		}
	}
}

// TestASweepDoesNotTakeWhatIsBeingMade makes folders while other labs sweep: a lab that holds a folder must find it at
// its path.
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
					Sweep(under, os.RemoveAll)
				}
			}
		})
	}
	for range 500 {
		path := filepath.Join(under, Prefix+NewNonce())
		c, err := Make(path, 0o700)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Holds(path) {
			t.Fatal("a folder that its maker holds is gone")
		}
		c.Release()
	}
	close(made)
	sweepers.Wait()
}
