package user

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"authlab/servers/postgres"
)

// patience limits one statement or transaction, including the wait for a connection or a lock, when the caller's
// context allows longer. A hung database then costs a request seconds instead of its whole timeout.
const patience = 5 * time.Second

// DB is a SQLite or PostgreSQL database behind one dialect: SQL that both understand, with ? for arguments. It has no
// booleans and no timestamps: use SMALLINT 0 or 1, and BIGINT microseconds since 1970.
//
// Every method's error is ErrNotFound, the database's complaint about the statement (a constraint), or wraps
// ErrUnavailable, which is everything else: when in doubt no user is let in, and no user is told to log in again.
type DB struct {
	dialect dialect
	// There are two pools, because SQLite has one writer at a time. With a pool of one connection, writers of this process
	// queue where contexts are respected, and only processes compete for the file's lock. For PostgreSQL both pools are
	// the same.
	read, write *pool
	release     func() error
}

// Get reads one row into dest; no row is ErrNotFound. It must not write: Exec, Update and Change do.
func (db *DB) Get(ctx context.Context, query string, args []any, dest ...any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return failed(db.read.one(ctx, db.dialect.rewrite(query), args, dest))
}

// Each calls row for each row of the answer, with that row's Scan, until it fails.
func (db *DB) Each(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	rows, err := db.read.each(ctx, db.dialect.rewrite(query), args)
	if err != nil {
		return failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return failed(err)
		}
	}
	return failed(rows.Err())
}

// Exec runs one statement and returns how many rows it touched.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return affected(db.write.exec(ctx, db.dialect.rewrite(query), args))
}

// Update is Get for a statement that writes: UPDATE … RETURNING.
func (db *DB) Update(ctx context.Context, query string, args []any, dest ...any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return failed(db.write.one(ctx, db.dialect.rewrite(query), args, dest))
}

// AddColumn adds a column to a table that an earlier version made, if it is missing. Its definition has a constant
// default.
func (db *DB) AddColumn(ctx context.Context, table, column, definition string) error {
	return db.exclusive(ctx, crowd, func(tx *Tx) error {
		var there int
		if err := tx.Get(ctx, db.dialect.columns, []any{table, column}, &there); err != nil || there > 0 {
			return err
		}
		_, err := tx.Exec(ctx, `ALTER TABLE `+table+` ADD COLUMN `+column+` `+definition)
		return err
	})
}

// Change runs do in one transaction, which is committed if do returns nil. In SQLite it holds the write lock from the
// beginning: a transaction that reads first and then wants to write could only be refused (SQLITE_BUSY, whatever the
// timeout). Within do use only tx; db would wait for the connection that tx has.
func (db *DB) Change(ctx context.Context, do func(tx *Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return db.transact(ctx, do)
}

func (db *DB) transact(ctx context.Context, do func(tx *Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return failed(err)
	}
	defer tx.Rollback()
	if err := do(&Tx{dialect: db.dialect, tx: tx}); err != nil {
		return err
	}
	return failed(tx.Commit())
}

// Create creates tables and indexes by statements that say IF NOT EXISTS. Other processes that do the same meanwhile
// wait: in PostgreSQL two simultaneous IF NOT EXISTS can both find nothing, and then one fails.
func (db *DB) Create(ctx context.Context, statements ...string) error {
	return db.exclusive(ctx, crowd, func(tx *Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// crowd is long enough for many processes that do the same at the same time on a slow machine.
const crowd = 6 * patience

// exclusive is Change that excludes other processes' exclusive.
func (db *DB) exclusive(ctx context.Context, within time.Duration, do func(tx *Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := db.transact(ctx, func(tx *Tx) error {
			if db.dialect.lock != "" {
				if _, err := tx.Exec(ctx, db.dialect.lock); err != nil {
					return err
				}
			}
			return do(tx)
		})
		if !busy(err) || ctx.Err() != nil {
			return err
		}
	}
}

// busy reports that SQLite waited busy_timeout for another process's lock and did nothing.
func busy(err error) bool {
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_BUSY
}

func (db *DB) close() error {
	err := db.write.Close()
	if db.read != db.write {
		err = errors.Join(err, db.read.Close())
	}
	if db.release != nil {
		err = errors.Join(err, db.release())
	}
	return err
}

// Tx is a transaction within DB.Change, with DB's methods and their errors.
type Tx struct {
	dialect dialect
	tx      *sql.Tx
}

// Get is DB.Get, and may write: UPDATE … RETURNING.
func (t *Tx) Get(ctx context.Context, query string, args []any, dest ...any) error {
	return failed(t.tx.QueryRowContext(ctx, t.dialect.rewrite(query), args...).Scan(dest...))
}

// Exec is DB.Exec.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return affected(t.tx.ExecContext(ctx, t.dialect.rewrite(query), args...))
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, failed(err)
	}
	n, err := r.RowsAffected()
	return n, failed(err)
}

// failed sorts a driver's error: no row, a statement that the database understood and refuses, or unavailable.
func failed(err error) error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.Is(err, ErrUnavailable), errors.Is(err, ErrNotFound):
		return err
	case postgres.Elsewhere(err): // not the statement's fault
	case errors.As(err, &pg):
		switch pg.Code[:min(2, len(pg.Code))] {
		case "22", "23", "42": // data, constraint, syntax
			return err
		}
	case errors.As(err, &lite):
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// storable reports whether the database can hold s at all. PostgreSQL refuses the rest with an error of its own, which
// must not become a 500. No account has such a name or ID.
func storable(s string) bool {
	if len(s) > 128 || !utf8.ValidString(s) {
		return false
	}
	for i := range len(s) {
		if s[i] == 0 {
			return false
		}
	}
	return true
}
