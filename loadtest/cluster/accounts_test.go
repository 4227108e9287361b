package cluster

import (
	"os"
	"testing"
)

// TestAccountsAreLocked: the kernel says so, and no longer once the lock is gone. Without a file there is no lock.
func TestAccountsAreLocked(t *testing.T) {
	c := start(t, openLab(t, Config{}), Spec{Name: "lone", Replicas: 1})
	if err := c.LockAccounts(t.Context()); err == nil {
		t.Error("accounts without a file are locked")
	}
	if err := os.WriteFile(c.accountsFile()+"-shm", make([]byte, walLocks+walCount), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true, false} {
		if want {
			if err := c.LockAccounts(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else if err := c.UnlockAccounts(); err != nil {
			t.Fatal(err)
		}
		if is, err := c.AccountsLocked(); err != nil || is != want {
			t.Errorf("the accounts are locked: %v, want %v: %v", is, want, err)
		}
	}
}
