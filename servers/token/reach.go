package token

import (
	"context"
	"errors"
	"time"

	"authlab/servers/user"
)

// A revocation of access tokens has to last as long as they do. The row of their family records that as its reach,
// whatever --access-ttl the signing replica had.

// login is a family, and how far its access tokens reach.
type login struct {
	id    string
	reach time.Time
}

// tenure is a user's role, and how far access tokens with another role may reach.
type tenure struct {
	user  user.User
	reach time.Time
}

// reaches is SQL for how far the access tokens of a family reach, with handed as its two arguments.
const reaches = `CASE WHEN reach > used + ? THEN reach ELSE used + ? END`

// handed is how long after its last use a family's access tokens last: the grace hands out the latest again.
func (f *families) handed() int64 { return (f.access + f.grace).Microseconds() }

// reach returns how far the access tokens of a family reach, ended or not; zero if there is no such family.
func (f *families) reach(ctx context.Context, id string) (time.Time, error) {
	var at int64
	err := f.db.Get(ctx, `SELECT `+reaches+` FROM token_families WHERE id = ?`, []any{f.handed(), f.handed(), id}, &at)
	return moment(at, err)
}

// furthest returns how far the access tokens of all families of an account reach.
func (f *families) furthest(ctx context.Context, account string) (time.Time, error) {
	var at int64
	err := f.db.Get(ctx, `SELECT COALESCE(MAX(`+reaches+`), 0) FROM token_families WHERE account = ?`,
		[]any{f.handed(), f.handed(), account}, &at)
	return moment(at, err)
}

// moment returns zero if nothing was found.
func moment(at int64, err error) (time.Time, error) {
	if errors.Is(err, user.ErrNotFound) {
		return time.Time{}, nil
	}
	return time.UnixMicro(at), err
}

// out is SQL for families with a token that may still be accepted, with outArgs as its arguments.
func (f *families) out() string { return reaches + ` > ` + f.db.Clock() + ` - ?` }

func (f *families) outArgs() []any { return []any{f.handed(), f.handed(), margin.Microseconds()} }

// ofUser returns an account's families except keep, ended or not, with a token that may still be accepted.
func (f *families) ofUser(ctx context.Context, account, keep string) ([]login, error) {
	return f.logins(ctx, `account = ? AND id <> ?`, account, keep)
}

// revoked returns the ended families with a token that would still be accepted.
func (f *families) revoked(ctx context.Context) ([]login, error) { return f.logins(ctx, `ended <> 0`) }

func (f *families) logins(ctx context.Context, where string, args ...any) (all []login, err error) {
	args = append(append([]any{f.handed(), f.handed()}, f.outArgs()...), args...)
	err = f.db.Each(ctx, `SELECT id, `+reaches+` FROM token_families WHERE `+f.out()+` AND `+where, args,
		func(scan func(...any) error) error {
			var l login
			var reach int64
			err := scan(&l.id, &reach)
			l.reach = time.UnixMicro(reach)
			all = append(all, l)
			return err
		})
	return all, err
}

// changed returns the accounts that have changed in any way since they were made, and have tokens that may still be
// accepted.
func (f *families) changed(ctx context.Context) (all []tenure, err error) {
	args := append([]any{f.handed(), f.handed()}, f.outArgs()...)
	err = f.db.Each(ctx, `SELECT accounts.id, role, version, MAX(`+reaches+`)
		FROM token_families JOIN accounts ON accounts.id = account
		WHERE `+f.out()+` AND version > 1 GROUP BY accounts.id, role, version`, args,
		func(scan func(...any) error) error {
			var t tenure
			var reach int64
			err := scan(&t.user.ID, &t.user.Role, &t.user.Version, &reach)
			t.reach = time.UnixMicro(reach)
			all = append(all, t)
			return err
		})
	return all, err
}
