package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// AgePostgres returns a function that advances a database's clock as far as its sessions can tell: it shortens what
// each has left, and shifts when it began. All calls use one connection, because PostgreSQL forks for each.
func AgePostgres(t testing.TB, url string) func(time.Duration) {
	ctx := context.Background()
	var conn *pgx.Conn
	return func(d time.Duration) {
		t.Helper()
		if conn == nil {
			var err error
			if conn, err = pgx.Connect(ctx, url); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close(ctx) })
		}
		by := fmt.Sprintf("interval '%d microseconds'", d.Microseconds())
		for _, sql := range []string{
			"UPDATE authlab_sessions SET idle_end = idle_end - " + by + ", sweep_after = sweep_after - " + by +
				", created = created - " + by + ", ends = ends - " + by,
			"UPDATE authlab_session_traces SET until = until - " + by,
		} {
			if _, err := conn.Exec(ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
	}
}
