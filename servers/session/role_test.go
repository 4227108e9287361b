package session

import (
	"sync"
	"testing"

	"authlab/servers/user"
)

// TestRoleOfTheAccount: a role change is overtaken, between the account and the sessions, by another one. Whichever
// reaches the sessions first, they end up with the account's role.
func TestRoleOfTheAccount(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		c := l.login(alice, nil)
		for _, order := range [][]user.Role{{user.RoleAdmin, user.RoleUser}, {user.RoleUser, user.RoleAdmin}} {
			l.accounts.change(alice.ID, func(u *user.User) { u.Role = user.RoleAdmin })
			l.accounts.change(alice.ID, func(u *user.User) { u.Role = user.RoleUser })
			for _, role := range order {
				if err := l.SetRole(t.Context(), alice.ID, role); err != nil {
					t.Fatal(err)
				}
			}
			if p, err := l.me(c); err != nil || p.Role != user.RoleUser {
				t.Errorf("told %v: role %q, %v; the account's is user", order, p.Role, err)
			}
		}
	})
}

// TestTwoRolesAtOnce: two admins change one user's role at the same moment, and the sessions get what the account says.
func TestTwoRolesAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, l *lab) {
		c, wrong := l.login(alice, nil), 0
		for range 500 {
			var both sync.WaitGroup
			for _, role := range []user.Role{user.RoleAdmin, user.RoleUser} {
				both.Go(func() {
					l.accounts.change(alice.ID, func(u *user.User) { u.Role = role })
					if err := l.SetRole(t.Context(), alice.ID, role); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			now, _ := l.accounts.ByID(t.Context(), alice.ID)
			if p, err := l.me(c); err != nil || p.Role != now.Role {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("a session had another role than its account %d times", wrong)
		}
	})
}
