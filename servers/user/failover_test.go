package user_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"authlab/servers/session/store/storetest"
	"authlab/servers/user"
)

// TestFailover demotes the primary while connections to it exist. Its accounts are no longer trusted, and once the
// address leads to the new primary, the pool uses that.
func TestFailover(t *testing.T) {
	pair := storetest.Postgres(t)
	standby := pair.Standby()
	a := open(t, user.Config{URL: pair.URL(), DemoUsers: true, HashMemory: 64})
	alice := named(t, a, "alice")

	pair.Demote()
	b := open(t, user.Config{URL: standby, HashMemory: 64})
	if err := b.Disable(t.Context(), user.Trusted, alice.ID); err != nil {
		t.Fatal(err)
	}
	refused := func() bool {
		u, err := a.ByName(t.Context(), "alice")
		return errors.Is(err, user.ErrUnavailable) || err == nil && u.Disabled
	}
	soon(t, "the demoted primary is trusted", refused)
	is(t, "a write", a.Disable(t.Context(), user.Trusted, alice.ID), user.ErrUnavailable)
	pair.Promote()
	soon(t, "the new primary is not found", func() bool {
		u, err := a.ByName(t.Context(), "alice")
		return err == nil && u.Disabled
	})
	bob := named(t, a, "bob").ID
	soon(t, "the new primary is not written to", func() bool {
		return a.SetRole(t.Context(), user.Trusted, bob, user.RoleAdmin) == nil
	})
}

func soon(t *testing.T, otherwise string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("after a minute ", otherwise)
		}
	}
}

// TestUnfit: a PostgreSQL that answers but cannot do the work is reported at the start.
func TestUnfit(t *testing.T) {
	pair := storetest.Postgres(t)
	open(t, user.Config{URL: pair.URL(), DemoUsers: true, HashMemory: 64})
	reader := pair.Reader()
	refuses := func(what, url, says string) {
		t.Helper()
		b, err := user.Open(t.Context(), user.Config{URL: url, HashMemory: 64})
		if err == nil {
			b.Close()
		}
		if !errors.Is(err, user.ErrUnavailable) || !strings.Contains(err.Error(), says) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", what, err)
		}
	}
	refuses("a standby", pair.Standby(), "name the primary")
	refuses("a user that may only read", reader, "permission denied")
	pair.Grant("CREATE ON SCHEMA public TO reader")
	refuses("a user that may make tables, but only read existing ones", reader, "permission denied for table accounts")
}
