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

// Claim is a lab's sign of life on a folder that it made, which may be a cgroup. It is a lock on the folder itself, so
// it is visible wherever the folder is, also from other namespaces. The kernel releases it when the process ends,
// however it ends.
type Claim struct{ folder *os.File }

// Release releases the claim.
func (c *Claim) Release() { c.folder.Close() }

// Take claims a folder that exists. The error is EWOULDBLOCK where another process holds it.
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

// Make makes a folder and claims it. Between the two steps another lab may take the folder for a dead lab's and remove
// it; Make then makes it again. Make itself removes nothing that another lab holds: that lab may be about to remove
// what is at the path, and must not find a different folder there.
func Make(path string, mode fs.FileMode) (*Claim, error) {
	if err := os.Mkdir(path, mode); err != nil {
		return nil, err
	}
	return claimed(path, mode)
}

// claimed claims a folder that was just made.
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
			time.Sleep(time.Millisecond) // the lab that sweeps it removes it, or releases it
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

// Sweep removes what dead labs left in a folder. What cannot be claimed belongs to a living lab, or to another user;
// then that user's next lab removes it.
func Sweep(under string, remove func(path string) error) {
	left, _ := os.ReadDir(under) // not a pattern: a folder's name may look like one
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
		if c.Holds(path) { // otherwise another lab has swept it, and what is there now is in use
			remove(path)
		}
		c.Release()
	}
}
