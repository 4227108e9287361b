package claim

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Claim is the sign of life that a lab puts on a folder it made, a cgroup's too: a lock on the folder itself, so that
// it is seen wherever the folder is, from other name spaces as well. The kernel ends it with the process, however
// that ends.
type Claim struct{ folder *os.File }

// Release lets go of it.
func (c *Claim) Release() { c.folder.Close() }

// Take claims a folder that exists; the error is EWOULDBLOCK where somebody else holds it.
func Take(path string) (*Claim, error) {
	folder, err := os.Open(path) // closed on exec: no child inherits the claim
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		folder.Close()
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return &Claim{folder}, nil
}

// Make makes a folder and claims it. Between the two another lab may take it for a dead one's and remove it; then it
// is made again. Make itself removes nothing that another holds: who holds a folder may be about to remove what is at
// its path, and must find nothing else there.
func Make(path string, mode fs.FileMode) (*Claim, error) {
	if err := os.Mkdir(path, mode); err != nil {
		return nil, err
	}
	return claimed(path, mode)
}

// claimed claims a folder that was made just now.
func claimed(path string, mode fs.FileMode) (*Claim, error) {
	for {
		c, err := Take(path)
		switch {
		case err == nil && c.Holds(path):
			return c, nil
		case err == nil:
			c.Release()
		case errors.Is(err, fs.ErrNotExist):
			if err := os.Mkdir(path, mode); err != nil {
				return nil, err
			}
		case errors.Is(err, unix.EWOULDBLOCK):
			time.Sleep(time.Millisecond) // who sweeps it removes it, or lets it go
		default:
			os.Remove(path)
			return nil, err
		}
	}
}

// Holds reports whether the claimed folder is still the one at path.
func (c *Claim) Holds(path string) bool {
	mine, err := c.folder.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// Sweep removes what labs that died left in a folder. What cannot be claimed lives, or belongs to another user and
// stays for that user's next lab.
func Sweep(under string, remove func(path string) error) {
	left, _ := os.ReadDir(under) // and no pattern: a folder may be called as one is written
	for _, entry := range left {
		nonce, ours := strings.CutPrefix(entry.Name(), Prefix)
		if !ours || !IsNonce(nonce) {
			continue
		}
		path := filepath.Join(under, entry.Name())
		c, err := Take(path)
		if err != nil {
			continue
		}
		if c.Holds(path) { // else another has swept it, and what is there now is somebody's
			remove(path)
		}
		c.Release()
	}
}
