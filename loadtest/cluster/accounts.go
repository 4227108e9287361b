package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"authlab/loadtest/cluster/poll"
)

// ErrNoFile says that the accounts are in no file of the lab that could be locked.
var ErrNoFile = errors.New("the accounts are not in a private SQLite file that programs of this machine share")

// accountsFile is the private SQLite file of the accounts.
func (c *Cluster) accountsFile() string { return c.lab.home.File(c.label + ".db") }

// SQLite's locks in WAL mode are on bytes of the file's index: the write lock, and the readers' marks, without which no
// process can read or write. See "WAL-mode File Format" in SQLite's documentation.
const (
	walLocks = 120
	walCount = 8
)

// LockAccounts makes the database of accounts unusable: it takes the locks that every reader and writer needs, as a
// process does that hangs in the middle of recovery. UnlockAccounts undoes it.
func (c *Cluster) LockAccounts(ctx context.Context) error {
	if c.lab.config.DatabaseURL != "" || !c.lab.host().IsLoopback() {
		return ErrNoFile
	}
	file, err := os.OpenFile(c.accountsFile()+"-shm", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("cannot open the index of the accounts: %w", err)
	}
	lock := accountsLock(unix.F_WRLCK)
	if err := poll.Until(ctx, func() error {
		return unix.FcntlFlock(file.Fd(), unix.F_OFD_SETLK, &lock) // a reader holds it for microseconds
	}); err != nil {
		file.Close()
		return fmt.Errorf("cannot lock the accounts: %w", err)
	}
	c.accounts = file
	return nil
}

func accountsLock(kind int16) unix.Flock_t {
	return unix.Flock_t{Type: kind, Start: walLocks, Len: walCount}
}

// UnlockAccounts lets the accounts be used again.
func (c *Cluster) UnlockAccounts() error {
	if c.accounts == nil {
		return nil
	}
	err := c.accounts.Close() // the kernel releases the lock with it
	c.accounts = nil
	return err
}

// AccountsLocked asks the kernel whether another open file holds the accounts' locks.
func (c *Cluster) AccountsLocked() (bool, error) {
	file, err := os.OpenFile(c.accountsFile()+"-shm", os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer file.Close()
	lock := accountsLock(unix.F_WRLCK)
	if err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &lock); err != nil {
		return false, err
	}
	return lock.Type != unix.F_UNLCK && c.accounts != nil, nil
}
