package user

import (
	"context"
	"errors"
)

// Actor is the account or program that makes a change. The account's rights are read when the change is made; older
// rights in a credential do not count. The zero value may do nothing.
type Actor struct {
	id      string
	trusted bool
}

// As is the actor for the account with that ID.
func As(id string) Actor { return Actor{id: id} }

// Trusted is the program itself, or a caller that it trusts: its rights are not looked up.
var Trusted = Actor{trusted: true}

// May returns nil if by's account may act now, as an admin where role is RoleAdmin. The error is ErrGone, ErrNotAdmin,
// or wraps ErrUnavailable.
func (a *Accounts) May(ctx context.Context, by Actor, role Role) error {
	return by.may(ctx, a.db.Get, role)
}

// may is May with a given read function, which may belong to a transaction.
func (by Actor) may(
	ctx context.Context, get func(ctx context.Context, query string, args []any, dest ...any) error, role Role,
) error {
	if by.trusted {
		return nil
	}
	if !storable(by.id) {
		return ErrGone
	}
	var now Role
	var disabled bool
	err := get(ctx, `SELECT role, disabled FROM accounts WHERE id = ?`, []any{by.id}, &now, &disabled)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && disabled:
		return ErrGone
	case err == nil && role == RoleAdmin && now != RoleAdmin:
		return ErrNotAdmin
	}
	return err
}
