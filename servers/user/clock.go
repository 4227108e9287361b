package user

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// Clock is an SQL expression for the database's own time in microseconds since 1970. Replicas share deadlines through
// the database, and their own clocks disagree: a deadline written by one replica's clock is a different moment for
// another's. So SQL both writes and checks deadlines. PostgreSQL uses its server's clock; SQLite, being part of the
// process, uses the process's (Config.Now).
func (db *DB) Clock() string { return db.dialect.clock }

// Now returns the time by Clock.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var now int64
	err := db.Get(ctx, `SELECT `+db.dialect.clock, nil, &now)
	return time.UnixMicro(now), err
}

// Until returns the moment, by Clock, at which a caller who asks now is told that the database does not answer. A hung
// PostgreSQL still executes what was sent to it once it resumes. A statement that must not run then compares Clock with
// Until.
func (db *DB) Until(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now, err := db.Now(ctx)
	deadline, _ := ctx.Deadline()
	return now.Add(time.Until(deadline)).UnixMicro(), err
}

// clocks holds the clocks of the open SQLite databases, by the number in each one's SQL. SQLite calls a function by its
// name, which is the same on all connections of the process.
var (
	clocks  sync.Map // int64 -> func() time.Time
	counted atomic.Int64
)

func init() {
	clock := func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if now, ok := clocks.Load(args[0]); ok {
			return now.(func() time.Time)().UnixMicro(), nil
		}
		return nil, fmt.Errorf("there is no clock %v", args[0])
	}
	sqlite.MustRegisterScalarFunction("authlab_clock", 1, clock)
}

// lite makes a SQLite DB that uses the clock now. release may be nil.
func lite(now func() time.Time, read, write *pool, release func() error) *DB {
	n := counted.Add(1)
	clocks.Store(n, now)
	db := &DB{dialect: liteDialect, read: read, write: write}
	db.dialect.clock = fmt.Sprintf("authlab_clock(%d)", n)
	db.release = func() error {
		clocks.Delete(n)
		if release == nil {
			return nil
		}
		return release()
	}
	return db
}
