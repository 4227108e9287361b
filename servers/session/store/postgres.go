package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"authlab/servers/api"
	"authlab/servers/user"
)

// Postgres stores sessions in a PostgreSQL that all replicas share, one row each. The database's clock counts, so the
// replicas' clocks do not matter. Every statement is prepared once on each connection and takes one round trip; reading
// a session is one statement. Under READ COMMITTED a statement that waited for another to change a row examines the row
// again: a move and an end of the same session happen one after the other.
type Postgres struct {
	pool     *pgxpool.Pool
	timeout  time.Duration // of a request
	hung     time.Duration // of a statement
	throttle time.Duration
	idle     time.Duration // of a session just used
	sql      statements
	filled   atomic.Pointer[pgxpool.Pool] // pool, once it exists: its connections may be refused before

	stop context.CancelFunc
	done chan struct{}
}

var _ Backend = (*Postgres)(nil)

// hungAfter is how long a statement may take before its connection is given up, unless a request may wait for more than
// twice that.
const hungAfter = 10 * time.Second

// do asks the database over one of the connections, for as long as a request may wait, even if the client has gone. It
// asks once more if nothing was sent yet because the database had closed the connection.
func do[T any](
	ctx context.Context, p *Postgres, what string, ask func(context.Context, *pgx.Conn) (T, error),
) (T, error) {
	ctx = context.WithoutCancel(ctx)
	// This context has no deadline: the pool would apply it to its check of an idle connection.
	waiting, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	defer time.AfterFunc(p.timeout, func() { giveUp(context.DeadlineExceeded) }).Stop()
	said, err := once(ctx, waiting, p, ask)
	if again(err) {
		said, err = once(ctx, waiting, p, ask)
	}
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, errKeyTaken) {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return said, err
}

// answer is what the database said.
type answer[T any] struct {
	said T
	err  error
}

// once lets a statement finish even if the request no longer waits for it; its answer is then dropped. Giving it up
// would cost its connection, and a new one costs PostgreSQL a process, a password check and its catalogues: a busy
// server would answer ever fewer requests.
func once[T any](
	ctx, waiting context.Context, p *Postgres, ask func(context.Context, *pgx.Conn) (T, error),
) (said T, err error) {
	conn, err := p.pool.Acquire(waiting)
	if err != nil {
		if waiting.Err() != nil {
			err = context.Cause(waiting)
		}
		return said, err
	}
	answered := make(chan answer[T], 1)
	go func() { answered <- through(ctx, conn, p.hung, ask) }()
	select {
	case a := <-answered:
		return a.said, a.err
	case <-waiting.Done():
	}
	select {
	case a := <-answered: // at the same moment
		return a.said, a.err
	default:
		return said, context.Cause(waiting)
	}
}

// through asks over a connection, which is free again when it returns. A panic in it must not end the server.
func through[T any](ctx context.Context, conn *pgxpool.Conn, hung time.Duration,
	ask func(context.Context, *pgx.Conn) (T, error),
) (a answer[T]) {
	defer conn.Release()
	defer func() {
		if r := recover(); r != nil {
			a.err = fmt.Errorf("panic: %v", r)
		}
	}()
	socket := conn.Conn().PgConn().Conn()
	_ = socket.SetDeadline(time.Now().Add(hung)) // ctx never ends, so that pgx watches nothing
	a.said, a.err = ask(ctx, conn.Conn())
	if !conn.Conn().IsClosed() { // else pgx applies a deadline of its own
		_ = socket.SetDeadline(time.Time{})
	}
	return a
}

// again reports whether a statement did nothing and may be retried once. Two statements over one user's sessions can
// deadlock, which PostgreSQL notices after a second: by then a request that may not wait that long has gone.
func again(err error) bool {
	const deadlock = "40P01"
	var e *pgconn.PgError
	return pgconn.SafeToRetry(err) || errors.As(err, &e) && e.Code == deadlock
}

// exec runs a statement that changes sessions, and returns how many.
func (p *Postgres) exec(ctx context.Context, what, sql string, args ...any) (changed int64, err error) {
	return do(ctx, p, what, func(ctx context.Context, conn *pgx.Conn) (int64, error) {
		tag, err := conn.Exec(ctx, sql, args...)
		return tag.RowsAffected(), err
	})
}

// one is exec for a statement that changes one session or finds none.
func (p *Postgres) one(ctx context.Context, what, sql string, args ...any) error {
	changed, err := p.exec(ctx, what, sql, args...)
	if err == nil && changed == 0 {
		return ErrNotFound
	}
	return err
}

// Create implements Backend.
func (p *Postgres) Create(ctx context.Context, key Key, rec Record) (Record, error) {
	made, err := do(ctx, p, "create session", func(ctx context.Context, conn *pgx.Conn) (Record, error) {
		return scan(conn.QueryRow(ctx, p.sql.create, key[:], string(rec.Role), rec.Version, rec.User, rec.Name, rec.Device,
			rec.Agent))
	})
	if errors.Is(err, ErrNotFound) {
		err = errKeyTaken
	}
	return made, err
}

// Touch implements Backend. It is the hot path.
func (p *Postgres) Touch(ctx context.Context, key Key) (Record, error) {
	defer api.AskStore(ctx).Answered()
	return do(ctx, p, "read session", func(ctx context.Context, conn *pgx.Conn) (Record, error) {
		if p.throttle == 0 {
			return scan(conn.QueryRow(ctx, p.sql.touch, key[:]))
		}
		var left time.Duration
		var behind bool
		rec, err := scan(conn.QueryRow(ctx, p.sql.look, key[:]), &left, &behind)
		// A database that takes no writes may hold outdated sessions: an attempt to write is refused there.
		if errors.Is(err, ErrNotFound) || err == nil && (behind || p.idle-left >= p.throttle) {
			rec, err = scan(conn.QueryRow(ctx, p.sql.touch, key[:]))
		}
		return rec, err
	})
}

// scan reads a record, and what else the statement returns.
func scan(row pgx.Row, more ...any) (rec Record, err error) {
	var end time.Time
	err = row.Scan(append([]any{
		(*string)(&rec.Role), &rec.Version, &rec.User, &rec.Name, &rec.Device, &rec.Created, &end,
		&rec.Agent,
	}, more...)...)
	rec.Ends = end.UnixMilli()
	if errors.Is(err, pgx.ErrNoRows) {
		return Record{}, ErrNotFound
	}
	return rec, err
}

// Update implements Backend.
func (p *Postgres) Update(ctx context.Context, key Key, rec Record) error {
	return p.one(ctx, "update session", p.sql.update, key[:], rec.Name, rec.Created, time.UnixMilli(rec.Ends), rec.Agent)
}

// Move implements Backend.
func (p *Postgres) Move(ctx context.Context, from, to Key, _ Record, v Veil) (time.Duration, error) {
	began := time.Now()
	now, err := do(ctx, p, "move session", func(ctx context.Context, conn *pgx.Conn) (now time.Time, err error) {
		err = conn.QueryRow(ctx, clock).Scan(&now)
		return now, err
	})
	if err != nil {
		return 0, err
	}
	within := p.timeout * 3 / 4 // the rest is for the answer: a moved session is known only by its new key
	left, err := p.moveUntil(ctx, from, to, v, now.Add(within))
	if errors.Is(err, ErrNotFound) && time.Since(began) >= within {
		err = errLate
	}
	return left, err
}

// moveUntil moves a session, unless it is later than until by the database's clock.
func (p *Postgres) moveUntil(ctx context.Context, from, to Key, v Veil, until time.Time) (time.Duration, error) {
	left, err := do(ctx, p, "move session", func(ctx context.Context, conn *pgx.Conn) (left time.Duration, err error) {
		err = conn.QueryRow(ctx, p.sql.move, from[:], to[:], until, v[:]).Scan(&left)
		if errors.Is(err, pgx.ErrNoRows) {
			err = ErrNotFound
		}
		return left, err
	})
	const taken = "23505" // unique_violation
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == taken {
		err = errKeyTaken
	}
	return left, err
}

// Moved implements Backend.
func (p *Postgres) Moved(ctx context.Context, from Key) (Moved, error) {
	return do(ctx, p, "find a session that moved", func(ctx context.Context, conn *pgx.Conn) (m Moved, err error) {
		var veil []byte
		m.Record, err = scan(conn.QueryRow(ctx, findMoved, from[:]), &m.Left, &veil)
		copy(m.Veil[:], veil)
		return m, err
	})
}

// End implements Backend.
func (p *Postgres) End(ctx context.Context, key Key, rec Record) error {
	return p.one(ctx, "end session", endSession, key[:], rec.User, rec.Device)
}

// EndDevice implements Backend.
func (p *Postgres) EndDevice(ctx context.Context, userID, device string) error {
	return p.one(ctx, "end session", endDevice, userID, device)
}

// EndUser implements Backend.
func (p *Postgres) EndUser(ctx context.Context, userID, keep string) error {
	_, err := p.exec(ctx, "end sessions", endUser, userID, keep)
	return err
}

// SetRole implements Backend.
func (p *Postgres) SetRole(ctx context.Context, userID string, role user.Role, version int64) error {
	_, err := p.exec(ctx, "set role", setRole, userID, string(role), version)
	return err
}

// Devices implements Backend.
func (p *Postgres) Devices(ctx context.Context, userID string) ([]Login, error) {
	return do(ctx, p, "list sessions", func(ctx context.Context, conn *pgx.Conn) ([]Login, error) {
		rows, err := conn.Query(ctx, p.sql.devices, userID)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Login, err error) {
			l.Record, err = scan(row, &l.LastSeen)
			return l, err
		})
	})
}

// Close closes the connections. It waits for a statement in progress as long as a request would.
func (p *Postgres) Close() error {
	p.stop()
	<-p.done
	closed := make(chan struct{})
	go func() { p.pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(p.timeout):
	}
	return nil
}
