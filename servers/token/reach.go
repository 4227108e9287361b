package token

import (
	"context"
	"errors"
	"time"

	"authlab/servers/user"
)

// What revokes access tokens has to last as long as they do. How long that is, is known to the row of their family:
// by its reach, whatever --access-ttl the replica had that signed them.

// login is a family, and how far its access tokens go.
type login struct {
	id    string
	reach time.Time
}

// tenure is a user's role, and how far the access tokens go that may say another.
type tenure struct {
	user  user.User
	reach time.Time
}

// reaches is SQL for how far the access tokens of a family go, with handed as its two arguments.
const reaches = `CASE WHEN reach > used + ? THEN reach ELSE used + ? END`

// handed is how long after its last use a family's access tokens last: the grace hands out the latest again.
func (f *families) handed() int64 { return (f.access + f.grace).Microseconds() }

// reach is how far the access tokens of a family go, ended or not; zero if there is no such family.
func (f *families) reach(ctx context.Context, id string) (time.Time, error) {
	var at int64
	err := f.db.Get(ctx, `SELECT `+reaches+` FROM token_families WHERE id = ?`, []any{f.handed(), f.handed(), id}, &at)
	return moment(at, err)
}

// furthest is how far the access tokens of all families of an account go.
func (f *families) furthest(ctx context.Context, account string) (time.Time, error) {
	var at int64
	err := f.db.Get(ctx, `SELECT COALESCE(MAX(`+reaches+`), 0) FROM token_families WHERE account = ?`,
		[]any{f.handed(), f.handed(), account}, &at)
	return moment(at, err)
}

// moment is zero where nothing was found.
func moment(at int64, err error) (time.Time, error) {
	if errors.Is(err, user.ErrNotFound) {
		return time.Time{}, nil
	}
	return time.UnixMicro(at), err
}

// out is SQL for families of which a token may be honoured still, with outArgs as its arguments.
func (f *families) out() string { return reaches + ` > ` + f.db.Clock() + ` - ?` }

func (f *families) outArgs() []any { return []any{f.handed(), f.handed(), margin.Microseconds()} }

// ofUser are the families of an account but keep, ended or not, of which a token may be honoured still.
func (f *families) ofUser(ctx context.Context, account, keep string) ([]login, error) {
	return f.logins(ctx, `account = ? AND id <> ?`, account, keep)
}

// revoked are the families that have ended, and of which a token would be honoured still.
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

// changed are the accounts that have changed since they were made, in whatever, and of which tokens may be honoured
// still.
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
