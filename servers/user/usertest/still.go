package usertest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// NewStill makes an empty database whose clock_timestamp stands still until SetClock moves it, and returns its URL.
func (p *Postgres) NewStill(t testing.TB) string {
	t.Helper()
	url := p.NewDatabase(t)
	query(t, url, `CREATE SCHEMA still`)
	query(t, url, `CREATE TABLE still.clock AS SELECT pg_catalog.clock_timestamp() AS at`)
	query(t, url, `CREATE FUNCTION still.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
		AS 'SELECT at FROM still.clock'`)
	return url + "&search_path=still%2Cpg_catalog%2Cpublic"
}

// SetClock sets the clock of a database that NewStill has made.
func SetClock(t testing.TB, url string, at time.Time) {
	t.Helper()
	query(t, url, `UPDATE still.clock SET at = timestamptz 'epoch' + CAST($1 AS BIGINT) * interval '1 microsecond'`,
		at.UnixMicro())
}

func query(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, url)
	if err == nil {
		_, err = c.Exec(ctx, sql, args...)
		c.Close(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
}
