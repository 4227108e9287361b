package user_test

import (
	"fmt"
	"strings"
	"testing"

	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

// An account's rights are those that the database holds when it acts.
func TestMay(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(t testing.TB) string) {
		a := open(t, user.Config{URL: fresh(t), DemoUsers: true, HashMemory: 64})
		ctx, admin, alice, bob := t.Context(), named(t, a, "admin"), named(t, a, "alice"), named(t, a, "bob")
		is(t, "bob's end", a.Disable(ctx, user.As(admin.ID), bob.ID), nil)
		for _, c := range []struct {
			who      string
			by       user.Actor
			as, want error // as a user, and as an admin
		}{
			{"an admin", user.As(admin.ID), nil, nil},
			{"a user", user.As(alice.ID), nil, user.ErrNotAdmin},
			{"a disabled account", user.As(bob.ID), user.ErrGone, user.ErrGone},
			{"an account that does not exist", user.As("x"), user.ErrGone, user.ErrGone},
			{"an invalid account ID", user.As("\x00"), user.ErrGone, user.ErrGone},
			{"the zero value", user.Actor{}, user.ErrGone, user.ErrGone},
			{"the program", user.Trusted, nil, nil},
		} {
			is(t, c.who, a.May(ctx, c.by, user.RoleUser), c.as)
			is(t, c.who+" as admin", a.May(ctx, c.by, user.RoleAdmin), c.want)
			before := named(t, a, "alice")
			is(t, c.who+" makes an admin", a.SetRole(ctx, c.by, alice.ID, user.RoleAdmin), c.want)
			if now := named(t, a, "alice"); c.want != nil && now != before {
				t.Errorf("%s was refused, and alice is %+v", c.who, now)
			}
			is(t, "back", a.SetRole(ctx, user.Trusted, alice.ID, user.RoleUser), nil)
			is(t, c.who+" demotes a user", a.SetRole(ctx, c.by, alice.ID, user.RoleUser), c.want)
			is(t, c.who+" disables", a.Disable(ctx, c.by, bob.ID), c.want)
		}
	})
}

// While an admin's disabling is being committed, that admin's promotion of another account waits for the commit and is
// then refused.
func TestAnEndedAdminDoesNotSlipThrough(t *testing.T) {
	url := usertest.SharedPostgres(t).NewDatabase(t)
	one, other := open(t, user.Config{URL: url, DemoUsers: true, HashMemory: 64}), open(t, user.Config{URL: url})
	ctx, both, bob := t.Context(), admins(t, one, "alice", "admin"), named(t, one, "bob")
	waiting := func(n int) func() bool {
		return func() bool {
			var got int
			is(t, "locks", one.DB().Get(ctx, `SELECT count(*) FROM pg_locks WHERE NOT granted`, nil, &got), nil)
			return got == n
		}
	}
	ended, acted := make(chan error, 1), make(chan error, 2)
	is(t, "holding alice's row", one.DB().Change(ctx, func(tx *user.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance WHERE id = ?`, both[0].ID)
		go func() { ended <- one.Disable(ctx, user.As(both[1].ID), both[0].ID) }()
		await(t, "alice's end to wait", waiting(1))
		go func() { acted <- other.SetRole(ctx, user.As(both[0].ID), bob.ID, user.RoleAdmin) }()
		go func() { acted <- other.Disable(ctx, user.As(both[0].ID), bob.ID) }()
		await(t, "alice's acts to wait or to be made", func() bool { return len(acted) == 2 || waiting(3)() })
		return err
	}), nil)
	is(t, "alice's end", <-ended, nil)
	is(t, "alice's first act", <-acted, user.ErrGone)
	is(t, "alice's second act", <-acted, user.ErrGone)
	if now := named(t, one, "bob"); now != bob {
		t.Errorf("bob is %+v", now)
	}
}

// When an account is disabled while it pays, one of the two comes first; money never leaves a disabled account.
func TestADisabledAccountPaysNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(t testing.TB) string) {
		a := open(t, user.Config{URL: fresh(t), DemoUsers: true, HashMemory: 64})
		ctx, alice := t.Context(), named(t, a, "alice")
		is(t, "end", a.Disable(ctx, user.Trusted, alice.ID), nil)
		for _, from := range []string{alice.ID, "x", "\xff"} {
			_, err := a.Transfer(ctx, from, "bob", 1)
			is(t, fmt.Sprintf("from %q", from), err, user.ErrGone)
		}
		if cents, err := a.Balance(ctx, alice.ID); err != nil || cents != 1000_00 {
			t.Errorf("%d cents, %v", cents, err)
		}
	})
}

// Processes that share a database share the device key, even when they open it at the same moment. Other databases have
// other keys.
func TestDeviceKey(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(t testing.TB) string) {
		url := fresh(t)
		const processes = 4
		keys := make(chan []byte, processes)
		for range processes {
			go func() {
				a, err := user.Open(t.Context(), user.Config{URL: url, HashMemory: 64})
				if err != nil {
					t.Error(err)
					keys <- nil
					return
				}
				keys <- a.DeviceKey()
				a.Close()
			}()
		}
		seen := map[string]bool{}
		for range processes {
			key := <-keys
			seen[string(key)] = true
			if len(key) != 32 {
				t.Errorf("a key of %d bytes", len(key))
			}
		}
		if want := map[bool]int{true: processes, false: 1}[url == ""]; len(seen) != want {
			t.Errorf("%d processes have %d keys, want %d", processes, len(seen), want)
		}
		if a := open(t, user.Config{URL: fresh(t), HashMemory: 64}); seen[string(a.DeviceKey())] {
			t.Error("two databases have the same key")
		}
	})
	url := fresh(t)
	a := open(t, user.Config{URL: url, HashMemory: 64})
	if _, err := a.DB().Exec(t.Context(), `UPDATE settings SET value = 'hunter2' WHERE name = 'device key'`); err != nil {
		t.Fatal(err)
	}
	_, err := user.Open(t.Context(), user.Config{URL: url, HashMemory: 64})
	if is(t, "an invalid key", err, user.ErrInvalid); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}
