package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// rehearsal runs everything that sessions need of the tables, on no rows. PostgreSQL checks a user's rights, and
// whether it takes writes at all, before it looks for rows.
const rehearsal = `
INSERT INTO authlab_sessions SELECT * FROM authlab_sessions WHERE false;
UPDATE authlab_sessions SET key = key, role = role, version = version, name = name, created = created, ends = ends,
	agent = agent, idle_end = idle_end, sweep_after = sweep_after WHERE false;
DELETE FROM authlab_sessions WHERE false;
INSERT INTO authlab_session_traces SELECT * FROM authlab_session_traces WHERE false;
UPDATE authlab_session_traces SET until = until WHERE false;
DELETE FROM authlab_session_traces WHERE false`

// Ping implements Backend: it rehearses, in one round trip.
func (p *Postgres) Ping(ctx context.Context) error {
	_, err := do(ctx, p, "rehearse", func(ctx context.Context, conn *pgx.Conn) (struct{}, error) {
		_, err := conn.PgConn().Exec(ctx, rehearsal).ReadAll()
		return struct{}{}, err
	})
	return err
}

// turn closes the connections, and new ones are made: the address may lead to another server now.
func (p *Postgres) turn() {
	if pool := p.filled.Load(); pool != nil {
		pool.Reset()
	}
}
