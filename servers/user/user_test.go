package user_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"authlab/servers/user"
	"authlab/servers/user/usertest"
)

var key = []byte("0123456789abcdef0123456789ABCDEF")

// everywhere runs a test on each kind of database; fresh makes the URL of an empty one.
func everywhere(t *testing.T, test func(t *testing.T, fresh func(t testing.TB) string)) {
	t.Run("memory", func(t *testing.T) { test(t, func(testing.TB) string { return "" }) })
	t.Run("sqlite", func(t *testing.T) { test(t, fresh) })
	t.Run("postgres", func(t *testing.T) { test(t, usertest.SharedPostgres(t).NewDatabase) })
}

func fresh(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "a b?#%.db") }

func open(t *testing.T, c user.Config) *user.Accounts {
	t.Helper()
	a, err := user.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func named(t *testing.T, a *user.Accounts, name string) user.User {
	t.Helper()
	u, err := a.ByName(t.Context(), name)
	if err != nil {
		t.Fatal(name, err)
	}
	return u
}

func is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// nothing is the before of most tests that change a password.
func nothing() error { return nil }

func TestAccounts(t *testing.T) {
	everywhere(t, func(t *testing.T, fresh func(t testing.TB) string) {
		now := time.UnixMicro(1_700_000_000_123_456)
		a := open(t, user.Config{
			URL: fresh(t), DemoUsers: true, LoadUsers: 3, LoadKey: key, Now: func() time.Time { return now }, HashMemory: 64,
		})
		t.Run("lookup", func(t *testing.T) { lookup(t, a, now) })
		t.Run("verify", func(t *testing.T) { verify(t, a) })
		t.Run("transfer", func(t *testing.T) { transfer(t, a) })
		t.Run("opposite transfers", func(t *testing.T) { oppositeTransfers(t, a) })
		t.Run("change", func(t *testing.T) { change(t, a) })
		t.Run("last admin", func(t *testing.T) { lastAdmin(t, a) })
		t.Run("admins at once", func(t *testing.T) { adminsAtOnce(t, a) })
		full := open(t, user.Config{URL: fresh(t), LoadUsers: 1, LoadKey: key}) // its hashes are as in programs
		t.Run("load account's password", func(t *testing.T) { loadPassword(t, full) })
	})
}

func lookup(t *testing.T, a *user.Accounts, now time.Time) {
	ctx := t.Context()
	alice := named(t, a, "alice")
	if alice.Role != user.RoleUser || alice.Disabled || alice.Version != 1 || !alice.Created.Equal(now) {
		t.Errorf("alice is %+v", alice)
	}
	if again, err := a.ByID(ctx, alice.ID); err != nil || again != alice {
		t.Errorf("by ID: %+v, %v", again, err)
	}
	for _, unknown := range []string{"", "Alice", "alice ", "a\x00", "\xff", strings.Repeat("a", 1000), "' OR 1=1 --"} {
		_, err := a.ByName(ctx, unknown)
		is(t, "by name "+unknown, err, user.ErrNotFound)
		_, err = a.ByID(ctx, unknown)
		is(t, "by ID "+unknown, err, user.ErrNotFound)
	}
	var names []string
	for after := ""; ; {
		page, err := a.List(ctx, after, 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, u := range page {
			names = append(names, u.Name)
		}
		after = names[len(names)-1]
	}
	if got := strings.Join(names, " "); got != "admin alice bob load-000000 load-000001 load-000002" {
		t.Error("list: ", got)
	}
}

func verify(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	if u, err := a.Verify(ctx, "alice", user.DemoPassword); err != nil || u != named(t, a, "alice") {
		t.Errorf("alice: %+v, %v", u, err)
	}
	name := user.LoadName(1)
	if u, err := a.Verify(ctx, name, user.LoadPassword(key, name)); err != nil || u.Name != name {
		t.Errorf("%s: %+v, %v", name, u, err)
	}
	for _, c := range [][2]string{
		{"alice", "wrong password"},
		{"alice", ""},
		{"alice", user.DemoPassword + strings.Repeat(" ", 1000)},
		{"alice", user.LoadPassword(key, "alice")},
		{"unknown", user.DemoPassword},
		{"", ""},
		{"a\x00b", user.DemoPassword},
		{name, user.DemoPassword},
		{name, user.LoadPassword(key, user.LoadName(2))},
	} {
		_, err := a.Verify(ctx, c[0], c[1])
		is(t, fmt.Sprintf("%q %.20q", c[0], c[1]), err, user.ErrBadCredentials)
	}
}

func transfer(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	alice, bob := named(t, a, "alice"), named(t, a, "bob")
	if left, err := a.Transfer(ctx, alice.ID, "bob", 30_01); err != nil || left != 969_99 {
		t.Errorf("left %d, %v", left, err)
	}
	if cents, err := a.Balance(ctx, bob.ID); err != nil || cents != 1030_01 {
		t.Errorf("bob has %d, %v", cents, err)
	}
	for _, c := range []struct {
		from, to string
		amount   int64
		want     error
	}{
		{alice.ID, "bob", 970_00, user.ErrInsufficient},
		{bob.ID, "alice", 1030_02, user.ErrInsufficient},
		{alice.ID, "bob", 0, user.ErrInvalid},
		{alice.ID, "bob", -5, user.ErrInvalid},
		{alice.ID, "bob", 1 << 62, user.ErrInvalid},
		{alice.ID, "alice", 1, user.ErrInvalid},
		{alice.ID, "unknown", 1, user.ErrNotFound},
		{alice.ID, "\x00", 1, user.ErrNotFound},
	} {
		_, err := a.Transfer(ctx, c.from, c.to, c.amount)
		is(t, fmt.Sprint(c.to, c.amount), err, c.want)
	}
	one, _ := a.Balance(ctx, alice.ID)
	other, _ := a.Balance(ctx, bob.ID)
	if one != 969_99 || other != 1030_01 {
		t.Errorf("a refused transfer moved money: %d, %d", one, other)
	}
}

// Two accounts that pay each other at once must neither deadlock nor lose a cent.
func oppositeTransfers(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	names := []string{"alice", "bob", "admin"}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for n := range 20 {
				from, to := names[i%3], names[(i+1+n%2)%3]
				u, err := a.ByName(ctx, from)
				if err == nil {
					_, err = a.Transfer(ctx, u.ID, to, 1)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var sum int64
	for _, name := range names {
		cents, err := a.Balance(ctx, named(t, a, name).ID)
		if err != nil {
			t.Error(err)
		}
		sum += cents
	}
	if sum != 3*1000_00 {
		t.Errorf("the three have %d cents", sum)
	}
}

func change(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	bob := named(t, a, "bob")
	version := func(want int64) {
		t.Helper()
		if got := named(t, a, "bob").Version; got != want {
			t.Errorf("version %d, want %d", got, want)
		}
	}
	is(t, "wrong old", a.SetPassword(ctx, bob.ID, "wrong old one", "new password", nothing), user.ErrBadCredentials)
	is(t, "short", a.SetPassword(ctx, bob.ID, user.DemoPassword, "1234567", nothing), user.ErrInvalid)
	is(t, "long", a.SetPassword(ctx, bob.ID, user.DemoPassword, strings.Repeat("x", 129), nothing), user.ErrInvalid)
	is(t, "unknown account", a.SetPassword(ctx, "x", user.DemoPassword, "new password", nothing), user.ErrNotFound)
	version(1)
	is(t, "password", a.SetPassword(ctx, bob.ID, user.DemoPassword, "new password", nothing), nil)
	version(2)
	_, err := a.Verify(ctx, "bob", user.DemoPassword)
	is(t, "old password", err, user.ErrBadCredentials)
	_, err = a.Verify(ctx, "bob", "new password")
	is(t, "new password", err, nil)

	is(t, "role", a.SetRole(ctx, user.Trusted, bob.ID, user.RoleAdmin), nil)
	version(3)
	is(t, "same role", a.SetRole(ctx, user.Trusted, bob.ID, user.RoleAdmin), nil)
	version(3)
	is(t, "strange role", a.SetRole(ctx, user.Trusted, bob.ID, "root"), user.ErrInvalid)
	is(t, "an unknown account's role", a.SetRole(ctx, user.Trusted, "x", user.RoleAdmin), user.ErrNotFound)

	is(t, "disable", a.Disable(ctx, user.Trusted, bob.ID), nil)
	is(t, "disable again", a.Disable(ctx, user.Trusted, bob.ID), nil)
	is(t, "disable an unknown account", a.Disable(ctx, user.Trusted, "\xff"), user.ErrNotFound)
	version(4)
	_, err = a.Verify(ctx, "bob", "new password")
	is(t, "disabled", err, user.ErrBadCredentials)
	is(t, "disabled", a.SetPassword(ctx, bob.ID, "new password", "newer password", nothing), user.ErrGone)
	_, err = a.Transfer(ctx, bob.ID, "alice", 1)
	is(t, "from disabled", err, user.ErrGone)
	_, err = a.Transfer(ctx, named(t, a, "alice").ID, "bob", 1)
	is(t, "to disabled", err, user.ErrNotFound)
}

// admins makes exactly these accounts admins. It runs after change, which has disabled bob.
func admins(t *testing.T, a *user.Accounts, names ...string) (all []user.User) {
	t.Helper()
	for _, name := range names {
		all = append(all, named(t, a, name))
		is(t, name, a.SetRole(t.Context(), user.Trusted, all[len(all)-1].ID, user.RoleAdmin), nil)
	}
	return all
}

func lastAdmin(t *testing.T, a *user.Accounts) {
	ctx := t.Context()
	admin, bob := named(t, a, "admin"), named(t, a, "bob") // an admin as well, but disabled
	is(t, "demote the last", a.SetRole(ctx, user.Trusted, admin.ID, user.RoleUser), user.ErrLastAdmin)
	is(t, "disable the last", a.Disable(ctx, user.Trusted, admin.ID), user.ErrLastAdmin)
	if again := named(t, a, "admin"); again != admin {
		t.Errorf("a refused change left %+v of %+v", again, admin)
	}
	is(t, "demote a disabled admin", a.SetRole(ctx, user.Trusted, bob.ID, user.RoleUser), nil)
	is(t, "demote an unknown account", a.SetRole(ctx, user.Trusted, "x", user.RoleUser), user.ErrNotFound)

	alice := admins(t, a, "alice")[0]
	is(t, "demote one of two", a.SetRole(ctx, user.Trusted, admin.ID, user.RoleUser), nil)
	is(t, "demote again", a.SetRole(ctx, user.Trusted, admin.ID, user.RoleUser), nil)
	is(t, "demote the other", a.SetRole(ctx, user.Trusted, alice.ID, user.RoleUser), user.ErrLastAdmin)
	admins(t, a, "admin")
	is(t, "demote the other of two", a.SetRole(ctx, user.Trusted, alice.ID, user.RoleUser), nil)
}

// When two admins demote each other at the same moment, one stays admin, however often they try.
func adminsAtOnce(t *testing.T, a *user.Accounts) {
	for range 50 {
		both := admins(t, a, "alice", "admin")
		var errs [2]error
		var start, done sync.WaitGroup
		start.Add(1)
		for i := range both {
			done.Go(func() {
				start.Wait()
				errs[i] = a.SetRole(t.Context(), user.Trusted, both[1-i].ID, user.RoleUser)
			})
		}
		start.Done()
		done.Wait()
		refused := errors.Is(errs[0], user.ErrLastAdmin) != errors.Is(errs[1], user.ErrLastAdmin)
		if alice, admin := named(t, a, "alice"), named(t, a, "admin"); !refused || alice.Role == admin.Role {
			t.Fatalf("alice is %s and admin %s, after %v and %v", alice.Role, admin.Role, errs[0], errs[1])
		}
	}
}

// In PostgreSQL two admins' UPDATEs do not wait for each other by themselves. Here the first is held up midway: the
// second must not rely on what it then finds.
func TestTheLastAdminOfTwoReplicas(t *testing.T) {
	url := usertest.SharedPostgres(t).NewDatabase(t)
	one, other := open(t, user.Config{URL: url, DemoUsers: true, HashMemory: 64}), open(t, user.Config{URL: url})
	ctx, both := t.Context(), admins(t, one, "alice", "admin")
	waiting := func(n int) func() bool {
		return func() bool {
			var got int
			is(t, "locks", one.DB().Get(ctx, `SELECT count(*) FROM pg_locks WHERE NOT granted`, nil, &got), nil)
			return got == n
		}
	}
	errs := make(chan error, 2)
	is(t, "holding alice's row", one.DB().Change(ctx, func(tx *user.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance WHERE id = ?`, both[0].ID)
		go func() { errs <- one.SetRole(ctx, user.Trusted, both[0].ID, user.RoleUser) }()
		await(t, "alice's demotion to wait", waiting(1))
		go func() { errs <- other.Disable(ctx, user.Trusted, both[1].ID) }()
		await(t, "the admin's end to wait or to be made", func() bool { return len(errs) > 0 || waiting(2)() })
		return err
	}), nil)
	if first, second := <-errs, <-errs; errors.Is(first, user.ErrLastAdmin) == errors.Is(second, user.ErrLastAdmin) {
		t.Errorf("the two changes ended with %v and %v, want one refused", first, second)
	}
	if named(t, one, "alice").Role == user.RoleUser && named(t, one, "admin").Disabled {
		t.Error("no admin is left")
	}
}

func await(t *testing.T, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !until(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("waited in vain for ", what)
			return
		}
	}
}
