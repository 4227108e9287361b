package user

import (
	"context"
	"errors"
)

// MaxTransfer is the largest amount of one transfer, in cents.
const MaxTransfer = 1_000_000_000_00

// SetPassword replaces an account's password, given the old one. The new password has 8 to 128 bytes of visible text,
// else ErrInvalid; a wrong old one is ErrBadCredentials. It calls before just before the change; if before fails, the
// password stays and SetPassword returns that error. If the account is disabled or deleted meanwhile, the error is
// ErrGone.
//
// A load account leaves its scheme here: a person chose the new password, so it lacks the 256 bits that the fast hash
// relies on. The account becomes an ordinary one with an argon2id hash, in the same UPDATE that clears its flag.
// Refusing instead would make the API behave differently for some accounts.
func (a *Accounts) SetPassword(ctx context.Context, id, old, replacement string, before func() error) error {
	if err := checkPassword(replacement); err != nil {
		return err
	}
	if !storable(id) {
		return ErrNotFound
	}
	var c credential
	err := a.db.Get(ctx, `SELECT hash, load_account, disabled FROM accounts WHERE id = ?`, []any{id},
		&c.hash, &c.load, &c.disabled)
	if err != nil {
		return err
	}
	if c.disabled {
		return ErrGone
	}
	if err := a.hasher.check(ctx, c, old); err != nil {
		return err
	}
	hash, err := a.hasher.hash(ctx, replacement)
	if err != nil {
		return err
	}
	if err := before(); err != nil {
		return err
	}
	// The WHERE clause names the checked hash: of two simultaneous changes one wins, and for the other the old password is
	// wrong.
	n, err := a.db.Exec(ctx, `UPDATE accounts SET hash = ?, load_account = 0, version = version + 1
		WHERE id = ? AND hash = ? AND disabled = 0`, hash, id, c.hash)
	if err == nil && n == 0 {
		if err := a.May(ctx, As(id), RoleUser); err != nil {
			return err
		}
		return ErrBadCredentials
	}
	return err
}

// SetRole changes an account's role, if by has the right to at that moment. Errors: ErrGone or ErrNotAdmin, which are
// about by, ErrInvalid, ErrNotFound, ErrLastAdmin, or one that wraps ErrUnavailable.
func (a *Accounts) SetRole(ctx context.Context, by Actor, id string, role Role) error {
	switch role {
	case RoleUser:
		return a.lower(ctx, by, id, `role = 'user'`)
	case RoleAdmin:
		return a.raise(ctx, by, id)
	}
	return invalid("a role is %q or %q", RoleUser, RoleAdmin)
}

// Disable locks an account permanently: Verify refuses it from now on. Its errors are those of SetRole.
func (a *Accounts) Disable(ctx context.Context, by Actor, id string) error {
	return a.lower(ctx, by, id, `disabled = 1`)
}

// asAdmin runs do in a transaction in which by is an enabled admin. All changes of rights go through here, one at a
// time, so an admin who has just lost the right cannot make one.
//
// SQLite has one writer at a time. In PostgreSQL the UPDATEs touch different rows and would not wait for each other, so
// a lock serialises them. It is taken in its own statement, because a statement sees what was committed before it
// began.
func (a *Accounts) asAdmin(ctx context.Context, by Actor, do func(tx *Tx) error) error {
	return a.db.Change(ctx, func(tx *Tx) error {
		if lock := a.db.dialect.lock; lock != "" {
			if _, err := tx.Exec(ctx, lock); err != nil {
				return err
			}
		}
		if err := by.may(ctx, tx.Get, RoleAdmin); err != nil {
			return err
		}
		return do(tx)
	})
}

// raise makes an account an admin. It takes no right from any account.
func (a *Accounts) raise(ctx context.Context, by Actor, id string) error {
	if !storable(id) {
		return ErrNotFound
	}
	return a.asAdmin(ctx, by, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE accounts SET role = 'admin', version = version + 1
			WHERE id = ? AND role <> 'admin'`, id)
		if err != nil || n > 0 {
			return err
		}
		var found string
		return tx.Get(ctx, `SELECT id FROM accounts WHERE id = ?`, []any{id}, &found)
	})
}

// lower takes a right from an account, unless it is the last admin who can log in: no other account could restore it.
// If the account is already as wanted, that is success. Two admins who do this to each other at once cannot both
// succeed, because asAdmin serialises them.
func (a *Accounts) lower(ctx context.Context, by Actor, id, wanted string) error {
	if !storable(id) {
		return ErrNotFound
	}
	return a.asAdmin(ctx, by, func(tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE accounts SET `+wanted+`, version = version + 1 WHERE id = ? AND NOT (`+wanted+`)
			AND (role <> 'admin' OR disabled = 1
				OR EXISTS (SELECT 1 FROM accounts o WHERE o.role = 'admin' AND o.disabled = 0 AND o.id <> accounts.id))`, id)
		if err != nil || n > 0 {
			return err
		}
		var done bool
		err = tx.Get(ctx, `SELECT `+wanted+` FROM accounts WHERE id = ?`, []any{id}, &done)
		if err == nil && !done {
			return ErrLastAdmin
		}
		return err
	})
}

// Balance returns an account's balance, in cents.
func (a *Accounts) Balance(ctx context.Context, id string) (int64, error) {
	var cents int64
	if !storable(id) {
		return 0, ErrNotFound
	}
	err := a.db.Get(ctx, `SELECT balance FROM accounts WHERE id = ?`, []any{id}, &cents)
	return cents, err
}

// Transfer moves amount cents from the account with the ID from to the one named toName, both or neither, and returns
// the remaining balance. Errors: ErrGone (from is disabled or does not exist), ErrInvalid (amount, or a transfer to
// itself), ErrNotFound (the receiver does not exist or is disabled), ErrInsufficient, or one that wraps ErrUnavailable.
func (a *Accounts) Transfer(ctx context.Context, from, toName string, amount int64) (int64, error) {
	if amount < 1 || amount > MaxTransfer {
		return 0, invalid("an amount is 1 to %d cents", int64(MaxTransfer))
	}
	to, err := a.ByName(ctx, toName)
	switch {
	case err != nil:
		return 0, err
	case to.ID == from:
		return 0, invalid("a transfer needs another account as its receiver")
	case !storable(from):
		return 0, ErrGone
	}
	var left int64
	debit := func(tx *Tx) error {
		err := tx.Get(ctx, `UPDATE accounts SET balance = balance - ? WHERE id = ? AND balance >= ? AND disabled = 0
			RETURNING balance`, []any{amount, from, amount}, &left)
		if errors.Is(err, ErrNotFound) {
			if err := As(from).may(ctx, tx.Get, RoleUser); err != nil {
				return err
			}
			return ErrInsufficient
		}
		return err
	}
	credit := func(tx *Tx) error {
		n, err := tx.Exec(ctx, `UPDATE accounts SET balance = balance + ? WHERE id = ? AND disabled = 0`, amount, to.ID)
		if err == nil && n == 0 {
			return ErrNotFound
		}
		return err
	}
	// Always update the smaller ID first: two opposite transfers at once must not wait for each other's row.
	steps := []func(*Tx) error{debit, credit}
	if to.ID < from {
		steps = []func(*Tx) error{credit, debit}
	}
	err = a.db.Change(ctx, func(tx *Tx) error {
		for _, step := range steps {
			if err := step(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return left, nil
}
