package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"authlab/servers/user"
)

// Postgres keeps sessions in a PostgreSQL that all replicas share, a row each. Time is the database's, so that the replicas' clocks
// do not matter. Every method is one statement, which PostgreSQL prepares once on each connection and runs in one round trip. Under
// READ COMMITTED a statement that waited for another to change a row looks at it again: who moves a session and who ends it at the same
// moment come one after the other.
type Postgres struct {
	pool     *pgxpool.Pool
	timeout  time.Duration
	throttle time.Duration
	idle     time.Duration // of a session that was just used
	now      func() time.Time
	sql      statements

	stop context.CancelFunc
	done chan struct{}
}

var _ Backend = (*Postgres)(nil)

// hungAfter is how long a statement may take before its connection is given up.
const hungAfter = 10 * time.Second

// do asks the database over one of the connections, for as long as a request may wait; it does so to the end when the client has gone.
// It asks once more where nothing was sent yet, over a connection that the database had closed.
func do[T any](ctx context.Context, p *Postgres, what string, ask func(context.Context, *pgx.Conn) (T, error)) (T, error) {
	ctx = context.WithoutCancel(ctx)
	waiting, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	said, err := once(ctx, waiting, p, ask)
	if again(err) {
		said, err = once(ctx, waiting, p, ask)
	}
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, errKeyTaken) {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return said, err
}

// once leaves a statement that the request no longer waits for to come to its end, and to have its answer heard by nobody. Given up,
// it would cost its connection, and another takes PostgreSQL as much as a hundred requests: one that is busy answers ever fewer then.
func once[T any](ctx, waiting context.Context, p *Postgres, ask func(context.Context, *pgx.Conn) (T, error)) (said T, err error) {
	conn, err := p.pool.Acquire(waiting)
	if err != nil {
		return said, err
	}
	type answer struct {
		said T
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		socket := conn.Conn().PgConn().Conn()
		_ = socket.SetDeadline(time.Now().Add(hungAfter)) // ctx never ends, so that pgx has nothing to watch for
		said, err := ask(ctx, conn.Conn())
		_ = socket.SetDeadline(time.Time{})
		conn.Release()
		answered <- answer{said, err}
	}()
	select {
	case a := <-answered:
		return a.said, a.err
	case <-waiting.Done():
		return said, waiting.Err()
	}
}

// again tells whether a statement did nothing and may be tried once more. Two that go over a user's sessions can wait for each other.
func again(err error) bool {
	const deadlock = "40P01"
	var e *pgconn.PgError
	return pgconn.SafeToRetry(err) || errors.As(err, &e) && e.Code == deadlock
}

// exec is a statement that changes sessions; it tells how many.
func (p *Postgres) exec(ctx context.Context, what, sql string, args ...any) (changed int64, err error) {
	return do(ctx, p, what, func(ctx context.Context, conn *pgx.Conn) (int64, error) {
		tag, err := conn.Exec(ctx, sql, args...)
		return tag.RowsAffected(), err
	})
}

// one is exec for a statement that finds its session or not.
func (p *Postgres) one(ctx context.Context, what, sql string, args ...any) error {
	changed, err := p.exec(ctx, what, sql, args...)
	if err == nil && changed == 0 {
		return ErrNotFound
	}
	return err
}

// Create implements Backend.
func (p *Postgres) Create(ctx context.Context, key Key, rec Record) error {
	made, err := p.exec(ctx, "create session", p.sql.create, key[:],
		string(rec.Role), rec.Version, rec.User, rec.Name, rec.Device, rec.Created, time.UnixMilli(rec.Ends), rec.Agent)
	if err == nil && made == 0 {
		return errKeyTaken
	}
	return err
}

// Touch implements Backend. It is the hot path.
func (p *Postgres) Touch(ctx context.Context, key Key) (Record, error) {
	return do(ctx, p, "read session", func(ctx context.Context, conn *pgx.Conn) (Record, error) {
		if p.throttle == 0 {
			return scan(conn.QueryRow(ctx, p.sql.touch, key[:]))
		}
		var left time.Duration
		rec, err := scan(conn.QueryRow(ctx, p.sql.look, key[:]), &left)
		if err == nil && p.idle-left >= p.throttle {
			rec, err = scan(conn.QueryRow(ctx, p.sql.touch, key[:]))
		}
		return rec, err
	})
}

// scan reads a record, and what else the statement answers with.
func scan(row pgx.Row, more ...any) (rec Record, err error) {
	var end time.Time
	err = row.Scan(append([]any{(*string)(&rec.Role), &rec.Version, &rec.User, &rec.Name, &rec.Device, &rec.Created, &end, &rec.Agent}, more...)...)
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
func (p *Postgres) Move(ctx context.Context, from, to Key, _ Record) error {
	began := time.Now()
	now, err := do(ctx, p, "move session", func(ctx context.Context, conn *pgx.Conn) (now time.Time, err error) {
		err = conn.QueryRow(ctx, clock).Scan(&now)
		return now, err
	})
	if err != nil {
		return err
	}
	err = p.moveUntil(ctx, from, to, now.Add(p.timeout))
	if errors.Is(err, ErrNotFound) && time.Since(began) >= p.timeout {
		return errLate
	}
	return err
}

// moveUntil moves a session, unless it is later than until by the database's clock.
func (p *Postgres) moveUntil(ctx context.Context, from, to Key, until time.Time) error {
	err := p.one(ctx, "move session", p.sql.move, from[:], to[:], until)
	const taken = "23505" // unique_violation
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == taken {
		return errKeyTaken
	}
	return err
}

// EndMoved implements Backend.
func (p *Postgres) EndMoved(ctx context.Context, from Key) error {
	return p.one(ctx, "end session", endMoved, from[:])
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
	logins, err := do(ctx, p, "list sessions", func(ctx context.Context, conn *pgx.Conn) ([]Login, error) {
		rows, err := conn.Query(ctx, devices, userID)
		if err != nil {
			return nil, err
		}
		now := p.now()
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Login, error) {
			var left time.Duration
			rec, err := scan(row, &left)
			return Login{Record: rec, LastSeen: now.Add(left - p.idle)}, err
		})
	})
	if err != nil {
		return nil, err
	}
	now, living := p.now(), logins[:0]
	for _, l := range logins {
		if !l.over(now) {
			living = append(living, l)
		}
	}
	return living, nil
}

// Ping implements Backend.
func (p *Postgres) Ping(ctx context.Context) error {
	_, err := do(ctx, p, "ping", func(ctx context.Context, conn *pgx.Conn) (struct{}, error) { return struct{}{}, conn.Ping(ctx) })
	return err
}

// Close ends the connections. It waits for a statement that is under way as long as a request would.
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
