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

// Clock is SQL for the database's own time in microseconds since 1970. Replicas share deadlines through the database,
// and their own clocks disagree: a deadline that one of them wrote and another judges is a different moment for each.
// So both is done in SQL. PostgreSQL goes by its server's clock, SQLite by that of the process (Config.Now), since it
// is a part of it.
func (db *DB) Clock() string { return db.dialect.clock }

// Now is the time by Clock.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var now int64
	err := db.Get(ctx, `SELECT `+db.dialect.clock, nil, &now)
	return time.UnixMicro(now), err
}

// Until is the moment, by Clock, at which whoever asks now is told that the database does not answer. A PostgreSQL that
// hangs still does what was sent to it when it goes on. A statement that must not be done then has Clock and Until in a
// condition.
func (db *DB) Until(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	now, err := db.Now(ctx)
	deadline, _ := ctx.Deadline()
	return now.Add(time.Until(deadline)).UnixMicro(), err
}

// clocks are those of the SQLite databases that are open, by the number that each one's SQL has. SQLite calls a
// function by its name, which is the same on all connections of the process.
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

// lite makes a DB of SQLite that goes by now. release may be nil.
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
