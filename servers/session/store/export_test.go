package store

import (
	"context"
	"testing"
	"time"
)

// What tests of Postgres's sweep need to know of it.
const PostgresBatch = postgresBatch

var SweepSessions = sweepSessions

// SweepPostgres removes expired sessions, and returns how many went in each batch and how many traces in the first.
func SweepPostgres(t testing.TB, b Backend) (sessions []int64, traces int64) {
	t.Helper()
	remove := func(sql string) int64 {
		n, err := b.(*Postgres).exec(context.Background(), "sweep", sql)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for len(sessions) == 0 || sessions[len(sessions)-1] > 0 {
		sessions = append(sessions, remove(sweepSessions))
	}
	return sessions, remove(sweepTraces)
}

// Traces is the number of void keys that still lead to a session.
func (m *Memory) Traces() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.traces.of)
}

// RedisKey is the key under which Redis stores the session of that id, as text.
func RedisKey(id string) string {
	key, ok := keyOf(id)
	if !ok {
		return ""
	}
	return redisKey(key)
}

// KeyIn is the key under which Redis stores the session of that id, by a codec.
func KeyIn(c Codec, id string) string {
	key, _ := keyOf(id)
	return c.key(key)
}

// MoveLate does what Move does, when it is a minute too late.
func MoveLate(ctx context.Context, b Backend, from, to string, rec Record) error {
	old, _ := keyOf(from)
	fresh, _ := keyOf(to)
	past := time.Now().Add(-time.Minute)
	switch b := b.(type) {
	case *Near:
		return b.moveUntil(ctx, old, fresh, rec, Veil{}, past.UnixMilli())
	case *Redis:
		return b.moveUntil(ctx, old, fresh, rec, Veil{}, past.UnixMilli())
	case *Postgres:
		_, err := b.moveUntil(ctx, old, fresh, Veil{}, past)
		return err
	}
	return errLate // memory is never late
}

// GiveUpAfter sets how long a statement of p may take from now on.
func (p *Postgres) GiveUpAfter(d time.Duration) { p.hung = d }

// Prepared is how many of the hot path's statements a connection knows.
func (p *Postgres) Prepared(t testing.TB) (n int) {
	t.Helper()
	const sql = `SELECT count(*) FROM pg_prepared_statements WHERE statement = $1`
	if err := p.pool.QueryRow(context.Background(), sql, p.sql.touch).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
