package user_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/user"
)

// A load account that gets a chosen password must not keep the fast hash.
func loadPassword(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	name := user.LoadName(0)
	u := named(t, a, name)
	is(t, "set", a.SetPassword(ctx, u.ID, user.LoadPassword(key, name), "a chosen one"), nil)
	_, err := a.Verify(ctx, name, "a chosen one")
	is(t, "new", err, nil)
	_, err = a.Verify(ctx, name, user.LoadPassword(key, name))
	is(t, "old", err, user.ErrBadCredentials)
	var hash string
	var load int
	err = a.DB().Get(ctx, `SELECT hash, load_account FROM accounts WHERE id = ?`, []any{u.ID}, &hash, &load)
	if err != nil || load != 0 || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("load %d, hash %.40s, %v", load, hash, err)
	}
}

func TestBusy(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true, HashConcurrency: 1, HashWait: 40 * time.Millisecond})
	var wg sync.WaitGroup
	var mu sync.Mutex
	busy := 0
	for range 12 {
		wg.Go(func() {
			_, err := a.Verify(t.Context(), "alice", user.DemoPassword)
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, user.ErrBusy) {
				busy++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if busy == 0 {
		t.Error("twelve password checks at once waited for each other without end")
	}
}

// Refusals of unknown names, wrong passwords and load users take the same work: the fastest of several is no faster.
func TestRefusalsTakeTheSameWork(t *testing.T) {
	a := open(t, user.Config{DemoUsers: true, LoadUsers: 1, LoadKey: key})
	fastest := func(name string) time.Duration {
		least := time.Hour
		for range 5 {
			start := time.Now()
			_, err := a.Verify(t.Context(), name, "not the password")
			is(t, name, err, user.ErrBadCredentials)
			least = min(least, time.Since(start))
		}
		return least
	}
	known := fastest("alice")
	for _, name := range []string{"nobody", "load-000000", "\x00", strings.Repeat("n", 500)} {
		if got := fastest(name); got < known/2 {
			t.Errorf("%.20q is refused in %v, alice in %v", name, got, known)
		}
	}
}
