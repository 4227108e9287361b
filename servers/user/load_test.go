package user_test

import (
	"sync"
	"testing"
	"time"

	"authlab/scripts/longtest"
	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

func TestManyOpenOneDatabase(t *testing.T) {
	const processes = 8
	users := longtest.Times(10_000, 2000)
	test := func(t *testing.T, url string) {
		var wg sync.WaitGroup
		start := time.Now()
		for range processes {
			wg.Go(func() {
				a, err := user.Open(t.Context(), user.Config{URL: url, LoadUsers: users, LoadKey: key, HashMemory: 64})
				if err != nil {
					t.Error(err)
					return
				}
				defer a.Close()
				name := user.LoadName(users - 1)
				if _, err := a.Verify(t.Context(), name, user.LoadPassword(key, name)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		t.Logf("%d opened at once and made %d users in %v", processes, users, time.Since(start))
		var n int
		a := open(t, user.Config{URL: url, HashMemory: 64})
		if err := a.DB().Get(t.Context(), `SELECT COUNT(*) FROM accounts`, nil, &n); err != nil || n != users {
			t.Errorf("%d accounts, %v", n, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, fresh(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, usertest.SharedPostgres(t).NewDatabase(t)) })
}

func TestNewLoadKey(t *testing.T) {
	ctx := t.Context()
	other := []byte("another key of more than thirty-two bytes")
	url := fresh(t)
	a := open(t, user.Config{URL: url, LoadUsers: 5, LoadKey: key, HashMemory: 64})
	taken := named(t, a, user.LoadName(2))
	is(t, "set", a.SetPassword(ctx, taken.ID, user.LoadPassword(key, taken.Name), "a chosen one", nothing), nil)

	b := open(t, user.Config{URL: url, LoadUsers: 3, LoadKey: other, HashMemory: 64})
	for i := range 5 {
		name, want := user.LoadName(i), error(nil)
		if i == 2 {
			want = user.ErrBadCredentials // an ordinary account by now, with its own hash
		}
		_, err := b.Verify(ctx, name, user.LoadPassword(other, name))
		is(t, name+" with the new key", err, want)
		_, err = b.Verify(ctx, name, user.LoadPassword(key, name))
		is(t, name+" with the old key", err, user.ErrBadCredentials)
	}
	_, err := b.Verify(ctx, taken.Name, "a chosen one")
	is(t, "chosen", err, nil)

	c := open(t, user.Config{URL: url, LoadUsers: 7, LoadKey: other, HashMemory: 64})
	_, err = c.Verify(ctx, user.LoadName(6), user.LoadPassword(other, user.LoadName(6)))
	is(t, "grown", err, nil)
}

// A fast hash must be worthless on an account that is not flagged, however it came there.
func TestLoadHashNeedsFlag(t *testing.T) {
	ctx := t.Context()
	a := open(t, user.Config{DemoUsers: true, LoadUsers: 1, LoadKey: key})
	_, err := a.DB().Exec(ctx, `UPDATE accounts SET hash = (SELECT hash FROM accounts WHERE name = 'load-000000')
		WHERE name = 'alice'`)
	is(t, "update", err, nil)
	if _, err := a.Verify(ctx, "alice", user.LoadPassword(key, "load-000000")); err == nil {
		t.Error("a load hash let alice in")
	}
}
